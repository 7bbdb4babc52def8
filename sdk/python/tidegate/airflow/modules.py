"""Which modules a DAG file can import, and what is in them: names of Airflow 2 and 3, and where they are here.

A line is `modules : source : names`. Modules of Airflow that have the same content are separated by spaces.
"""

from __future__ import annotations

_A = "tidegate.airflow.authoring."
_O = "tidegate.airflow.operators."
_S = "tidegate.airflow.sensors."
_R = "tidegate.airflow.running."

_ERRORS = (
    "AirflowException AirflowBadRequest AirflowNotFoundException AirflowConfigException AirflowSkipException AirflowFailException "
    "AirflowSensorTimeout AirflowTaskTimeout AirflowTaskTerminated AirflowRescheduleException DownstreamTasksSkipped TaskDeferred "
    "TaskDeferralError TaskDeferralTimeout AirflowOptionalProviderFeatureException AirflowTimetableInvalid AirflowDagCycleException "
    "AirflowProviderDeprecationWarning RemovedInAirflow3Warning RemovedInAirflow4Warning DuplicateTaskIdFound TaskAlreadyInTaskGroup "
    "TaskNotFound DagNotFound DagRunNotFound DagRunAlreadyExists XComNotFound UnmappableXComTypePushed XComForMappingNotPushed "
    "UnmappableXComLengthPushed ParamValidationError ConnectionNotUnique SerializationError FailStopDagInvalidTriggerRule "
    "AirflowInactiveAssetInInletOrOutletException ExternalTaskNotFoundError ExternalDagNotFoundError"
)
_ASSETS = (
    "Asset Dataset Model AssetAlias DatasetAlias AssetAll AssetAny DatasetAll DatasetAny AssetRef AssetNameRef AssetUriRef "
    "AssetWatcher AssetAccessControl BaseAsset Metadata expand_alias_to_assets"
)
_MAPPERS = (
    "PartitionMapper AllowedKeyMapper ChainMapper FanOutMapper FixedKeyMapper IdentityMapper ProductMapper RollupMapper "
    "StartOfDayMapper StartOfHourMapper StartOfMonthMapper StartOfQuarterMapper StartOfWeekMapper StartOfYearMapper"
)
_WINDOWS = "Window DayWindow HourWindow MonthWindow QuarterWindow SegmentWindow WeekWindow YearWindow MinimumCount WaitForAll"
_TIMETABLES = (
    "Timetable AssetOrTimeSchedule CronTriggerTimetable CronDataIntervalTimetable CronPartitionTimetable DeltaTriggerTimetable "
    "DeltaDataIntervalTimetable EventsTimetable MultipleCronTriggerTimetable PartitionedAssetTimetable PartitionedAtRuntime"
)
_PYTHON = "PythonOperator BranchPythonOperator ShortCircuitOperator get_current_context"
_ISOLATED = (
    "PythonVirtualenvOperator ExternalPythonOperator BranchPythonVirtualenvOperator BranchExternalPythonOperator is_venv_installed"
)
_STANDARD = "airflow.providers.standard"

_TABLE = f"""
airflow : {_A}dag : DAG
airflow : {_A}assets : Asset Dataset
airflow : {_A}xcomarg : XComArg
airflow : {_A}errors : AirflowException
airflow airflow.version : tidegate.airflow.modules : __version__ version

airflow.sdk : {_A}dag : DAG dag
airflow.sdk : {_A}taskflow : task setup teardown
airflow.sdk : {_A}group : TaskGroup task_group
airflow.sdk : {_A}assets : {_ASSETS} asset
airflow.sdk : {_A}edges : Label EdgeModifier chain chain_linear cross_downstream
airflow.sdk : {_A}params : Param ParamsDict
airflow.sdk : {_A}connections : Variable Connection BaseHook conf
airflow.sdk : {_A}operator : BaseOperator
airflow.sdk : {_A}xcomarg : XComArg
airflow.sdk : {_A}states : TriggerRule WeightRule TaskInstanceState DagRunState
airflow.sdk : {_A}timetables : {_TIMETABLES} {_MAPPERS} {_WINDOWS}
airflow.sdk : {_A}storage : ObjectStoragePath
airflow.sdk : {_A}notifier : BaseNotifier
airflow.sdk : {_A}retrying : RetryAction RetryDecision RetryPolicy RetryRule ExceptionRetryPolicy
airflow.sdk : {_A}inert : BaseOperatorLink BaseXCom XCom DeadlineAlert DeadlineReference AsyncCallback SyncCallback get_parsing_context lineage
airflow.sdk : {_S}base : BaseSensorOperator PokeReturnValue
airflow.sdk : {_O}branch : BaseBranchOperator BranchMixIn SkipMixin
airflow.sdk : {_R}context : Context get_current_context
airflow.sdk : {_R}instance : TaskInstance
airflow.sdk : {_R}rendering : literal
airflow.sdk : {_R}keeping : NEVER_EXPIRE
airflow.sdk : {_A}macros : *macros
airflow.sdk : {_A}times : *timezone

airflow.providers.common.compat.sdk : airflow.sdk : *
airflow.providers.common.compat.sdk : {_A}errors : {_ERRORS}
airflow.providers.common.compat.sdk : {_A}inert : Stats
airflow.providers.common.compat.sdk : {_A}mapping : MappedOperator
airflow.providers.common.compat.sdk : {_A}helpers : context_merge timeout KeywordParameters AIRFLOW_VAR_NAME_FORMAT_MAPPING DagRunTriggerException
airflow.providers.common.compat.sdk : {_A}params : NOTSET=SET_DURING_EXECUTION NOTSET ArgNotSet
airflow.providers.common.compat.sdk : {_A}inert : AirflowPlugin hookimpl get_hook_lineage_collector mask_secret redact
airflow.providers.common.compat.sdk : {_A}taskflow : task_decorator_factory TaskMaker=TaskDecorator free_task_id=get_unique_task_id
airflow.providers.common.compat.sdk : {_O}decorated : DecoratedOperator
airflow.providers.common.compat.sdk : {_O}python : arguments_for=determine_kwargs
airflow.providers.common.compat.sdk : {_R}instance : TaskInstanceKey
airflow.providers.common.compat.sdk : {_R}variables : context_to_airflow_vars
airflow.providers.common.compat.sdk : {_S}base : poke_mode_only
airflow.providers.common.compat.sdk : {_R}deferring : BaseTrigger TriggerEvent
airflow.providers.common.compat.sdk : {_A}connections : is_connection
airflow.providers.common.compat.sdk : {_A}xcomarg : RETURN_VALUE=XCOM_RETURN_KEY

airflow.sdk.definitions.dag airflow.models.dag : {_A}dag : DAG dag
airflow.sdk.definitions.decorators : {_A}taskflow : task setup teardown
airflow.sdk.definitions.decorators airflow.sdk.definitions.taskgroup : {_A}group : task_group TaskGroup MappedTaskGroup
airflow.sdk.definitions.asset airflow.sdk.definitions.asset.decorators airflow.sdk.definitions.asset.metadata : {_A}assets : {_ASSETS} asset
airflow.sdk.definitions.context : {_R}context : Context get_current_context
airflow.sdk.definitions.param airflow.models.param : {_A}params : Param ParamsDict DagParam
airflow.sdk.definitions.edges airflow.utils.edgemodifier : {_A}edges : Label EdgeModifier
airflow.sdk.definitions.variable airflow.models.variable : {_A}connections : Variable
airflow.sdk.definitions.connection airflow.models.connection : {_A}connections : Connection
airflow.sdk.definitions.xcom_arg airflow.models.xcom_arg : {_A}xcomarg : XComArg PlainXComArg
airflow.sdk.definitions.mappedoperator airflow.models.mappedoperator : {_A}mapping : MappedOperator OperatorPartial
airflow.sdk.definitions.retry_policy : {_A}retrying : RetryAction RetryDecision RetryPolicy RetryRule ExceptionRetryPolicy
airflow.sdk.definitions.timetables.assets airflow.timetables.assets airflow.timetables.datasets : {_A}timetables : AssetOrTimeSchedule DatasetOrTimeSchedule AssetTriggeredTimetable
airflow.sdk.definitions.template airflow.template.templater : {_R}rendering : literal Literal=LiteralValue Templater
airflow.sdk.definitions._internal.types airflow.utils.types : {_A}params : NOTSET ArgNotSet is_arg_set
airflow.sdk.definitions._internal.abstractoperator : {_A}node : TaskNode=AbstractOperator
airflow.sdk.bases.operator airflow.models.baseoperator : {_A}operator : BaseOperator BaseOperatorMeta
airflow.sdk.bases.operator airflow.models.baseoperator : {_A}edges : chain chain_linear cross_downstream
airflow.sdk.bases.operator : {_R}context : get_current_context
airflow.models.baseoperator : {_A}inert : BaseOperatorLink
airflow.sdk.bases.sensor airflow.sensors.base airflow.sensors.base_sensor_operator : {_S}base : BaseSensorOperator PokeReturnValue poke_mode_only
airflow.sdk.bases.hook airflow.hooks.base airflow.hooks.base_hook : {_A}connections : BaseHook
airflow.sdk.bases.notifier airflow.notifications.basenotifier : {_A}notifier : BaseNotifier
airflow.sdk.bases.branch airflow.operators.branch airflow.operators.branch_operator {_STANDARD}.operators.branch : {_O}branch : BaseBranchOperator BranchMixIn
airflow.sdk.bases.skipmixin airflow.models.skipmixin {_STANDARD}.utils.skipmixin : {_O}branch : SkipMixin
airflow.sdk.bases.decorator airflow.decorators.base : {_O}decorated : DecoratedOperator
airflow.sdk.bases.decorator airflow.decorators.base : {_A}taskflow : task_decorator_factory TaskMaker=TaskDecorator TaskMaker=_TaskDecorator
airflow.sdk.bases.decorator airflow.decorators.base : {_A}taskflow : free_task_id=get_unique_task_id
airflow.sdk.bases.operatorlink airflow.models.baseoperatorlink : {_A}inert : BaseOperatorLink
airflow.sdk.bases.xcom airflow.models.xcom airflow.sdk.execution_time.xcom : {_A}inert : BaseXCom XCom
airflow.models.xcom : {_A}xcomarg : RETURN_VALUE=XCOM_RETURN_KEY
airflow.sdk.bases.timetable airflow.timetables.base : {_A}timetables : Timetable DagRunInfo DataInterval TimeRestriction
airflow.sdk.exceptions airflow.exceptions airflow.sdk.definitions._internal.exceptions : {_A}errors : {_ERRORS}
airflow.sdk.timezone airflow.utils.timezone : {_A}times : DateTime utc_zone=utc utcnow is_localized is_naive make_aware make_naive coerce_datetime parse datetime utc_epoch from_timestamp parse_timezone convert_to_utc
airflow.sdk.execution_time.context : {_R}context : Context get_current_context
airflow.sdk.execution_time.context : {_R}variables : context_to_airflow_vars
airflow.sdk.execution_time.context : {_R}keeping : NEVER_EXPIRE
airflow.sdk.execution_time.task_runner : {_R}instance : TaskInstance=RuntimeTaskInstance
airflow.sdk.execution_time.macros airflow.macros : {_A}macros : json time uuid random datetime timedelta dateutil ds_add ds_format ds_format_locale datetime_diff_for_humans
airflow.sdk.types : {_R}instance : TaskInstance=RuntimeTaskInstanceProtocol
airflow.sdk.types : {_R}context : DagRun=DagRunProtocol
airflow.sdk.types : {_A}node : TaskNode=Operator
airflow.sdk.api.datamodels._generated : {_A}states : TriggerRule WeightRule TaskInstanceState DagRunState DagRunType
airflow.sdk.io airflow.sdk.io.path airflow.io.path : {_A}storage : ObjectStoragePath
airflow.sdk.log airflow.sdk._shared.secrets_masker airflow.utils.log.secrets_masker : {_A}inert : mask_secret redact
airflow.sdk.configuration airflow.configuration : {_A}connections : conf
airflow.configuration : {_A}inert : ensure_secrets_loaded

airflow.models : {_A}dag : DAG
airflow.models : {_A}operator : BaseOperator
airflow.models : {_A}connections : Variable Connection
airflow.models : {_A}params : Param
airflow.models : {_A}xcomarg : XComArg
airflow.models : {_A}mapping : MappedOperator
airflow.models : {_A}inert : XCom BaseXCom BaseOperatorLink Pool DagBag DagModel
airflow.models : {_R}instance : TaskInstance
airflow.models : {_R}context : DagRun
airflow.models.taskinstance airflow.models.taskinstancekey : {_R}instance : TaskInstance TaskInstanceKey
airflow.models.taskinstance : {_R}context : Context get_current_context
airflow.models.dagrun : {_R}context : DagRun
airflow.models.dagrun : {_A}states : DagRunType
airflow.models.abstractoperator airflow.models.operator : {_A}node : TaskNode=AbstractOperator TaskNode=Operator
airflow.models.taskmixin : {_A}edges : Relating=DependencyMixin Relating=TaskMixin
airflow.models.asset airflow.models.dataset : {_A}assets : Asset=AssetModel Dataset=DatasetModel
airflow.models.pool : {_A}inert : Pool
airflow.models.dagbag airflow.dag_processing.dagbag : {_A}inert : DagBag
airflow.models.expandinput : {_A}mapping : Product=DictOfListsExpandInput Rows=ListOfDictsExpandInput

airflow.decorators : {_A}dag : dag
airflow.decorators : {_A}taskflow : task setup teardown
airflow.decorators : {_A}group : task_group
airflow.decorators.task_group : {_A}group : task_group
airflow.decorators.setup_teardown : {_A}taskflow : setup=setup_task teardown=teardown_task

airflow.operators.empty airflow.operators.dummy airflow.operators.dummy_operator {_STANDARD}.operators.empty : {_O}empty : EmptyOperator DummyOperator
airflow.operators.bash airflow.operators.bash_operator {_STANDARD}.operators.bash : {_O}bash : BashOperator
airflow.operators.python airflow.operators.python_operator {_STANDARD}.operators.python : {_O}python : {_PYTHON}
airflow.operators.python airflow.operators.python_operator {_STANDARD}.operators.python : {_O}isolated : {_ISOLATED}
airflow.operators.trigger_dagrun airflow.operators.dagrun_operator {_STANDARD}.operators.trigger_dagrun : {_O}trigger_dagrun : TriggerDagRunOperator
airflow.operators.latest_only airflow.operators.latest_only_operator {_STANDARD}.operators.latest_only : {_O}dates : LatestOnlyOperator
airflow.operators.datetime {_STANDARD}.operators.datetime : {_O}dates : BranchDateTimeOperator target_times_as_dates
airflow.operators.weekday {_STANDARD}.operators.weekday : {_O}dates : BranchDayOfWeekOperator
airflow.operators.smooth {_STANDARD}.operators.smooth : {_O}others : SmoothOperator
{_STANDARD}.operators.hitl : {_O}others : HITLOperator ApprovalOperator HITLBranchOperator HITLEntryOperator
{_STANDARD}.triggers.hitl : {_O}others : HITLTrigger
airflow.utils.weekday {_STANDARD}.utils.weekday : {_A}states : WeekDay
{_STANDARD}.decorators.python : {_O}decorated : PythonTask=_PythonDecoratedOperator PythonTask=PythonDecoratedOperator
{_STANDARD}.decorators.bash : {_O}decorated : BashTask=_BashDecoratedOperator
{_STANDARD}.hooks.subprocess airflow.hooks.subprocess : {_O}subprocesses : SubprocessHook SubprocessResult
airflow.sensors.python airflow.sensors.python_sensor {_STANDARD}.sensors.python : {_S}simple : PythonSensor
airflow.sensors.bash airflow.sensors.bash_sensor {_STANDARD}.sensors.bash : {_S}simple : BashSensor
airflow.sensors.filesystem airflow.sensors.file_sensor {_STANDARD}.sensors.filesystem : {_S}simple : FileSensor
airflow.sensors.date_time airflow.sensors.date_time_sensor {_STANDARD}.sensors.date_time : {_S}simple : DateTimeSensor DateTimeSensorAsync
airflow.sensors.time_sensor airflow.sensors.time {_STANDARD}.sensors.time : {_S}simple : TimeSensor TimeSensorAsync
airflow.sensors.time_delta airflow.sensors.time_delta_sensor {_STANDARD}.sensors.time_delta : {_S}simple : TimeDeltaSensor TimeDeltaSensorAsync WaitSensor
airflow.sensors.weekday {_STANDARD}.sensors.weekday : {_S}simple : DayOfWeekSensor
airflow.sensors.external_task airflow.sensors.external_task_sensor {_STANDARD}.sensors.external_task : {_S}simple : ExternalTaskSensor
airflow.sensors.external_task airflow.sensors.external_task_sensor {_STANDARD}.sensors.external_task : {_O}empty : ExternalTaskMarker
airflow.triggers.base airflow.sdk.bases.trigger : {_R}deferring : BaseTrigger BaseEventTrigger TriggerEvent
airflow.triggers.base : {_A}inert : StartTriggerArgs
airflow.triggers.temporal {_STANDARD}.triggers.temporal : {_R}deferring : DateTimeTrigger TimeDeltaTrigger
airflow.triggers.file {_STANDARD}.triggers.file : {_R}deferring : FileTrigger FileDeleteTrigger DirectoryFileDeleteTrigger

airflow.datasets airflow.assets : {_A}assets : {_ASSETS}
airflow.datasets.metadata airflow.sdk.definitions.asset.metadata : {_A}assets : Metadata
airflow.timetables.trigger : {_A}timetables : CronTriggerTimetable DeltaTriggerTimetable MultipleCronTriggerTimetable CronPartitionTimetable
airflow.timetables.interval : {_A}timetables : CronDataIntervalTimetable DeltaDataIntervalTimetable
airflow.timetables.events : {_A}timetables : EventsTimetable
airflow.timetables.simple : {_A}timetables : NullTimetable OnceTimetable ContinuousTimetable AssetTriggeredTimetable PartitionedAssetTimetable PartitionedAtRuntime
airflow.partition_mappers.base airflow.partition_mappers.temporal airflow.partition_mappers.identity : {_A}timetables : {_MAPPERS}
airflow.partition_mappers.window : {_A}timetables : {_WINDOWS}
airflow.task.priority_strategy : {_A}states : PriorityWeightStrategy
airflow.task.trigger_rule airflow.utils.trigger_rule : {_A}states : TriggerRule
airflow.task.weight_rule airflow.utils.weight_rule : {_A}states : WeightRule
airflow.utils.state : {_A}states : State TaskInstanceState DagRunState IntermediateTIState TerminalTIState
airflow.utils.types : {_A}states : DagRunType DagRunTriggeredByType
airflow.utils.task_group : {_A}group : TaskGroup MappedTaskGroup task_group
airflow.utils.helpers : {_A}edges : chain cross_downstream
airflow.utils.helpers : {_A}helpers : merge_dicts exactly_one at_most_one prune_dict
airflow.utils.helpers : {_A}node : check_key=validate_key
airflow.utils.strings : {_A}helpers : to_boolean
airflow.utils.timeout airflow.sdk.execution_time.timeout : {_A}helpers : timeout
airflow.sdk airflow.sdk.bases.operator : {_A}helpers : BaseAsyncOperator
airflow.sdk.bases.decorator : {_A}helpers : is_async_callable
airflow.sdk.bases.decorator airflow.utils.operator_helpers : {_A}helpers : KeywordParameters
airflow.sdk.bases.decorator : {_O}python : arguments_for=determine_kwargs
airflow.sdk.definitions.context airflow.utils.context : {_A}helpers : context_merge
airflow.sdk.definitions._internal.types airflow.utils.types : {_A}params : NOTSET=SET_DURING_EXECUTION
airflow.sdk.plugins_manager : {_A}inert : AirflowPlugin
airflow.sdk.execution_time.context airflow.utils.operator_helpers : {_A}helpers : AIRFLOW_VAR_NAME_FORMAT_MAPPING
airflow.sdk.types : {_R}instance : TaskInstanceKey
airflow.utils.dates : {_A}times : days_ago cron_presets
airflow.utils.decorators : {_A}inert : apply_defaults
airflow.utils.context : {_R}context : Context
airflow.utils.operator_helpers : {_R}variables : context_to_airflow_vars
airflow.utils.operator_helpers : {_O}python : arguments_for=determine_kwargs
airflow.utils.log.logging_mixin airflow.sdk.definitions._internal.logging_mixin : {_A}inert : LoggingMixin
airflow.utils.session : {_A}inert : provide_session create_session NEW_SESSION
airflow.utils.module_loading airflow.sdk.module_loading airflow.sdk._shared.module_loading : {_A}inert : import_string qualname iter_namespace is_valid_dotpath
airflow.utils.email : {_A}inert : send_email
airflow.utils.setup_teardown : {_A}inert : SetupTeardownContext
airflow.utils.dag_parsing_context : {_A}inert : get_parsing_context
airflow.plugins_manager : {_A}inert : AirflowPlugin
airflow.providers_manager airflow.sdk.providers_manager_runtime : {_A}providers : ProvidersManager ProvidersManager=ProvidersManagerTaskRuntime
airflow.listeners : {_A}inert : hookimpl
airflow.lineage.hook airflow.sdk.lineage : {_A}inert : get_hook_lineage_collector Collected=HookLineageCollector Collected=NoOpCollector Kept=DatasetLineageInfo Kept=AssetLineageInfo
airflow.stats airflow.sdk.observability.stats airflow.sdk.observability.metrics airflow.observability.stats : {_A}inert : Stats
airflow.settings : {_A}inert : Session TIMEZONE
airflow.typing_compat airflow.sdk._shared.typing_compat : typing : TYPE_CHECKING Any Literal Protocol TypedDict
"""

__version__ = "3.1.0"
version = __version__

#: Distributions that have modules of Airflow's which are not here.
PROVIDERS_PREFIX = "airflow.providers."


def read_table():
    """By module: where each name comes from, as `(module, name)`; `*` stands for all, a name with `*` for a module."""
    table = {}
    for line in _TABLE.splitlines():
        if not line.strip():
            continue
        modules, source, names = (part.strip() for part in line.split(" : "))
        for module in modules.split():
            content = table.setdefault(module, {})
            for word in names.split():
                if word == "*":
                    content.update(table[source])
                elif word.startswith("*"):
                    content[word[1:]] = (source, None)
                else:
                    name, _, alias = word.partition("=")
                    content[alias or name] = (source, name)
    return table


def provider_package(module):
    """The distribution that has a module of a provider."""
    parts = module[len(PROVIDERS_PREFIX) :].split(".")
    groups = ("apache", "atlassian", "cncf", "common", "dbt", "microsoft")
    named = parts[:2] if parts[0] in groups and len(parts) > 1 else parts[:1]
    return "apache-airflow-providers-" + "-".join(named).replace("_", "-")
