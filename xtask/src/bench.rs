//! later
pub fn run<T>(_: T) -> anyhow::Result<()> {
    anyhow::bail!("later")
}
