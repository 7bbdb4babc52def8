"""Airflow's exceptions, under their names."""


class AirflowException(Exception):
    """Base of Airflow's exceptions."""

    status_code = 500


class AirflowBadRequest(AirflowException):
    pass


class AirflowNotFoundException(AirflowException):
    pass


class AirflowConfigException(AirflowException):
    pass


class AirflowSkipException(AirflowException):
    """The task is to be skipped."""


class AirflowFailException(AirflowException):
    """The task fails and is not retried."""


class AirflowSensorTimeout(AirflowException):
    """A sensor has waited long enough; not retried."""


class AirflowTaskTimeout(BaseException):
    """A task has reached its `execution_timeout`."""


class AirflowTaskTerminated(BaseException):
    pass


class AirflowRescheduleException(AirflowException):
    """The task is to be invoked again at `reschedule_date`."""

    def __init__(self, reschedule_date):
        super().__init__(f"again at {reschedule_date}")
        self.reschedule_date = reschedule_date


class DownstreamTasksSkipped(AirflowException):
    """Tasks downstream are to be skipped."""

    def __init__(self, *, tasks):
        super().__init__("tasks downstream are skipped")
        self.tasks = tasks


class TaskDeferred(BaseException):
    """The task waits for a trigger."""

    def __init__(self, *, trigger, method_name, kwargs=None, timeout=None):
        super().__init__()
        self.trigger = trigger
        self.method_name = method_name
        self.kwargs = kwargs
        self.timeout = timeout


class TaskDeferralError(AirflowException):
    pass


class TaskDeferralTimeout(AirflowException):
    """A trigger has not fired within the time that it had."""


class AirflowOptionalProviderFeatureException(AirflowException):
    pass


class AirflowTimetableInvalid(AirflowException):
    pass


class AirflowDagCycleException(AirflowException):
    pass


class AirflowProviderDeprecationWarning(DeprecationWarning):
    pass


class RemovedInAirflow3Warning(DeprecationWarning):
    pass


class RemovedInAirflow4Warning(DeprecationWarning):
    pass


class DuplicateTaskIdFound(AirflowException):
    pass


class TaskAlreadyInTaskGroup(AirflowException):
    pass


class TaskNotFound(AirflowNotFoundException):
    pass


class DagNotFound(AirflowNotFoundException):
    pass


class DagRunNotFound(AirflowNotFoundException):
    pass


class DagRunAlreadyExists(AirflowBadRequest):
    pass


class XComNotFound(AirflowException):
    """A value that a task was to push is not there."""

    def __init__(self, dag_id, task_id, key):
        super().__init__(f"the task {task_id!r} of {dag_id!r} has pushed nothing under the key {key!r}")


class UnmappableXComTypePushed(AirflowException):
    def __init__(self, value):
        super().__init__(f"a task is mapped over this result, which is no list or dict, but {type(value).__name__}")


class XComForMappingNotPushed(AirflowException):
    def __init__(self):
        super().__init__("a task is mapped over the result of this one, and it has returned nothing")


class UnmappableXComLengthPushed(AirflowException):
    pass


class ParamValidationError(AirflowException):
    pass


class ConnectionNotUnique(AirflowException):
    pass


class SerializationError(AirflowException):
    pass


class FailStopDagInvalidTriggerRule(AirflowException):
    pass


class AirflowInactiveAssetInInletOrOutletException(AirflowException):
    pass


class ExternalTaskNotFoundError(AirflowException):
    pass


class ExternalDagNotFoundError(AirflowException):
    pass
