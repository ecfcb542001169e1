//! The task scheduler's operational channel: what ran, why, and as which process. Off by default on some editions.

use crate::schema::{EventSpec, Family};

/// The task scheduler.
pub static TASK_SCHEDULER: Family = Family {
    name: "task-scheduler",
    providers: &["Microsoft-Windows-TaskScheduler"],
    channels: &["Microsoft-Windows-TaskScheduler/Operational"],
    events: &[
        EventSpec::new(100, "TaskStarted", 0, "A task started.", &[TaskName, UserContext, InstanceId])
            .title("Task Scheduler started an instance of the task"),
        EventSpec::new(101, "TaskStartFailed", 0, "A task failed to start.", &[TaskName, UserContext, ResultCode])
            .title("Task Scheduler failed to start the task"),
        EventSpec::new(102, "TaskFinished", 0, "A task finished.", &[TaskName, UserContext, InstanceId])
            .title("Task Scheduler successfully finished an instance of the task"),
        EventSpec::new(
            103,
            "TaskActionStartFailed",
            0,
            "An action of a task failed to start.",
            &[TaskName, InstanceId, UserContext, ResultCode],
        )
        .title("Task Scheduler failed to start an instance of the task"),
        EventSpec::new(106, "TaskRegistered", 0, "A task was created.", &[TaskName, UserContext.doc(MAKER)])
            .title("User registered the task"),
        EventSpec::new(107, "TaskTriggeredByTime", 0, "A task's time trigger fired.", &[TaskName, InstanceId])
            .title("Task Scheduler launched an instance due to a time trigger condition"),
        EventSpec::new(108, "TaskTriggeredByEvent", 0, "A task's event trigger fired.", &[TaskName, InstanceId])
            .title("Task Scheduler launched an instance according to an event trigger"),
        EventSpec::new(
            109,
            "TaskTriggeredByRegistration",
            0,
            "A task ran because it was just registered.",
            &[TaskName, InstanceId],
        )
        .title("Task Scheduler launched an instance according to a registration trigger"),
        EventSpec::new(
            110,
            "TaskTriggeredByUser",
            0,
            "A user or program ran a task by hand.",
            &[TaskName, InstanceId, UserContext.doc("Account that ran it.")],
        )
        .title("Task Scheduler launched an instance for a user"),
        EventSpec::new(111, "TaskTerminated", 0, "A running task was ended.", &[TaskName, InstanceId])
            .title("Task Scheduler terminated an instance of the task"),
        EventSpec::new(117, "TaskTriggeredByIdle", 0, "A task ran because the host was idle.", &[TaskName, InstanceId])
            .title("Task Scheduler launched an instance due to an idle condition"),
        EventSpec::new(118, "TaskTriggeredByBoot", 0, "A task ran at the host's start.", &[TaskName, InstanceId])
            .title("Task Scheduler launched an instance due to system startup"),
        EventSpec::new(
            119,
            "TaskTriggeredByLogon",
            0,
            "A task ran because a user logged on.",
            &[TaskName, UserName.doc("Account that logged on."), InstanceId],
        )
        .title("Task Scheduler launched an instance due to user logon"),
        EventSpec::new(
            129,
            "TaskProcessCreated",
            0,
            "A task's process was created: the join between a task and a process.",
            &[TaskName, Path, ProcessID, Priority],
        )
        .title("Task Scheduler launched the task with a process ID"),
        EventSpec::new(140, "TaskUpdated", 0, "A task was changed.", &[TaskName, UserName])
            .title("User updated the task"),
        EventSpec::new(141, "TaskDeleted", 0, "A task was deleted.", &[TaskName, UserName])
            .title("User deleted the task"),
        EventSpec::new(142, "TaskDisabled", 0, "A task was disabled.", &[TaskName, UserName])
            .title("User disabled the task"),
        EventSpec::new(
            200,
            "TaskActionStarted",
            1,
            "An action of a task started.",
            &[TaskName, ActionName, TaskInstanceId, EnginePID.since("v1")],
        )
        .title("Task Scheduler launched the action"),
        EventSpec::new(
            201,
            "TaskActionCompleted",
            2,
            "An action of a task ended; ResultCode is the program's exit code.",
            &[TaskName, TaskInstanceId, ActionName, ResultCode.since("v1"), EnginePID.since("v2")],
        )
        .title("Task Scheduler successfully completed the action"),
        EventSpec::new(
            202,
            "TaskActionFailed",
            1,
            "An action of a task failed.",
            &[TaskName, TaskInstanceId, ActionName, ResultCode, EnginePID.since("v1")],
        )
        .title("Task Scheduler failed to complete the action"),
        EventSpec::new(
            203,
            "TaskActionLaunchFailed",
            0,
            "An action of a task could not be launched.",
            &[TaskName, TaskInstanceId, ActionName, ResultCode],
        )
        .title("Task Scheduler failed to launch the action"),
    ],
};

const MAKER: &str = "Account that created it.";

fields! {
    /// Path of the task in the scheduler's tree: `\OneNote 45756`.
    TaskName: Text,
    /// Account that the task runs under.
    UserContext: User,
    /// Account that did it; a SID at times.
    UserName: User,
    /// Id of this run; the events of one run share it.
    InstanceId: Guid,
    /// Id of this run; the same as `InstanceId` elsewhere.
    TaskInstanceId: Guid,
    /// Result, in decimal; 0 is success.
    ResultCode: Number,
    /// Executable that was launched, at times without its folder.
    Path: Path,
    /// Process that was launched. Exports may hold it in the message only.
    ProcessID: Pid,
    /// Priority of the process.
    Priority: Number,
    /// The action: executable, or CLSID or name of a COM handler.
    ActionName: Command,
    /// Process that carries the action out: the one launched, or the scheduler's own for COM handlers.
    EnginePID: Pid,
}
