using System.Text.Json;
using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.Catalog;
using FlexCore.Application.DeadLetters;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Nodes;
using FlexCore.Application.Notifications;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Scheduling;
using FlexCore.Application.Secrets;
using FlexCore.Application.Workers;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Provisioning;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;
using FlexCore.Infrastructure;
using FlexCore.Plugins;

namespace FlexCore.Cli;

/// <content>Who handles which request.</content>
internal sealed partial class Session
{
    private MessageBus CreateBus()
    {
        var plugins = PluginsIn(_project.Root);
        var reader = () => CreateReader(plugins);
        var definitions = () => new DefinitionRecorder(reader(), Log);
        var diff = new DefinitionDiff(PluginsModule.WriteYaml);
        var applied = () => new PipelineApplier(reader(), ReadModels, Log, diff);
        var lifecycle = () => new ChangeLifecycle(Log);
        var runs = () => new ShowRunHandler(Log, ReadModels, Locks, _infrastructure.Queue);
        var views = () => new Overview(ReadModels);
        var nodes = () => new NodeRegistry(_infrastructure.Queue);
        var workers = () => new WorkerRegistry(new ProvisioningRequests(_infrastructure.Catalog), TimeProvider.System);
        var events = () => new ReadEvents(Log);
        var proofs = () => new ProveHistory(_infrastructure.History);
        var records = () => new RunReader(Log, Logs);
        var tokens = () => new TokenKeeper(Log, TimeProvider.System);
        var states = () => new ChangeState(Log, Locks);
        var readGrant = (Domain.Plugins.Grant written, string? folder) => PluginsModule.ReadGrant(written, folder, _project.AllData);
        var grants = () => new ChangeGrants(Log, readGrant);
        var register = () => new RegisterPluginHandler(
            plugins.Folders, Log, IsolationOf(plugins), readGrant, _settings.Limits, line => Console.Error.WriteLine(line));
        var readCatalog = () => new ReadCatalog(_infrastructure.Catalog);
        var changeCatalog = () => new ChangeCatalog(_infrastructure.Catalog);
        var versions = () => new PipelineVersions(Log, diff);
        return new MessageBus(new MeasureRequests(), new AuthorizeRequests(new RoleAndScopePolicy(Log, DeadLetters), Log), new ValidateRequests(), new RetryConflicts())
            .Add<ShowPipeline, PipelineHistory>(() => new ShowPipelineHandler(Log))
            .Add<ComparePipelineVersions, ComparedVersions>(versions)
            .Add<FindPipelineVersion, PipelineVersion>(versions)
            .Add<ValidatePipeline, PipelineDefinition>(() => new ValidatePipelineHandler(reader(), Log))
            .Add<PlanPipelines, IReadOnlyList<PipelineChange>>(applied)
            .Add<ApplyPipelines, IReadOnlyList<PipelineChange>>(applied)
            .Add<CreatePipeline, RecordedDefinition>(definitions)
            .Add<RevisePipeline, RecordedDefinition>(definitions)
            .Add<ActivatePipeline, Pipeline>(lifecycle)
            .Add<PausePipeline, Pipeline>(lifecycle)
            .Add<ArchivePipeline, Pipeline>(lifecycle)
            .Add<SetState, CommittedState>(states)
            .Add<RevertState, CommittedState>(states)
            .Add<ClearState, CommittedState>(states)
            .Add<StartPipeline, Guid>(() => new StartPipelineHandler(Log, _infrastructure.Queue, Waiting, TimeProvider.System))
            .Add<ReceiveWebhook, Guid>(() => new ReceiveWebhookHandler(Log, Secrets, Bus, TimeProvider.System) { IsOn = () => _settings.Features.Webhooks })
            .Add<StartBackfill, Backfill>(() => new StartBackfillHandler(Log, TimeProvider.System))
            .Add<PauseBackfill, Backfill>(() => new ChangeBackfill(Log, Backfills))
            .Add<ResumeBackfill, Backfill>(() => new ChangeBackfill(Log, Backfills))
            .Add<CancelBackfill, Backfill>(() => new ChangeBackfill(Log, Backfills))
            .Add<CancelRun, RunState>(() => new CancelRunHandler(Log))
            .Add<RetryRun, Guid>(() => new RetryRunHandler(Log, Waiting, TimeProvider.System))
            .Add<ShowRun, RunSummary>(runs)
            .Add<FindQueuedRuns, IReadOnlyList<QueuedRun>>(() => new FindQueuedRunsHandler(_infrastructure.Queue, PluginsModule.CompileCondition, TimeProvider.System))
            .Add<CompareRuns, RunComparison>(() => new CompareRunsHandler(runs(), Log, diff))
            .Add<WatchRun, RunState>(() => new WatchRunHandler(Log, _infrastructure.Progress, Locks, TimeProvider.System))
            .Add<GetExecutionHistory, IReadOnlyList<ExecutionHistory>>(() => new GetExecutionHistoryHandler(ReadModels, Log, Locks))
            .Add<GetPipelineStatus, IReadOnlyList<PipelineStatus>>(views)
            .Add<ListActivePlugins, IReadOnlyList<PluginInventory>>(views)
            .Add<GetSystemMetrics, SystemMetrics>(views)
            .Add<RegisterPlugin, AddedPlugin>(register)
            .Add<RegisterSentPlugin, AddedPlugin>(register)
            .Add<UpgradePlugin, AddedPlugin>(register)
            .Add<UpgradeSentPlugin, AddedPlugin>(register)
            .Add<DisablePlugin, PluginSummary>(() => new ChangePlugin(plugins.Folders, Log))
            .Add<EnablePlugin, PluginSummary>(() => new ChangePlugin(plugins.Folders, Log))
            .Add<RemovePlugin, PluginSummary>(() => new ChangePlugin(plugins.Folders, Log))
            .Add<ExecutePlugin, RunState>(() => new ExecutePluginHandler(plugins.Folders, RunPipeline))
            .Add<StartPlugin, Guid>(() => new StartPluginHandler(plugins.Folders, Preparation(plugins), Log, Waiting, TimeProvider.System))
            .Add<DiscoverPlugin, JsonElement>(() => new DiscoverPluginHandler(plugins.Folders, Preparation(plugins), StepRunner(plugins)))
            .Add<ShowPlugin, PluginSummary>(() => new ShowPluginHandler(Log, plugins.Folders))
            .Add<GrantCapabilities, GrantChange>(grants)
            .Add<RevokeCapabilities, GrantChange>(grants)
            .Add<AuditPlugins, IReadOnlyList<AuditedPlugin>>(() => new AuditPluginsHandler(plugins.Folders, Log, _settings.Limits, HostPlaces))
            .Add<TestChannel, string>(() => new TestChannelHandler(InfrastructureModule.CreateNotificationSender(Secrets, TimeProvider.System), Channels))
            .Add<SetSecret, string>(() => ChangeSecret)
            .Add<DeleteSecret, string>(() => ChangeSecret)
            .Add<DiagnoseMachine, Diagnosis>(() => new DiagnoseMachineHandler(new MachineDoctor(_project, plugins, ReadFileAsync).LookAsync))
            .Add<ListEvents, IReadOnlyList<StoredEvent>>(events)
            .Add<ShowEvent, StoredEvent>(events)
            .Add<ReplayEventsQuery, ReplayedHistory>(() => new ReplayEvents(Log))
            .Add<ExportEvents, long>(() => new ExportEventsHandler(_infrastructure.History))
            .Add<VerifyHistory, VerifiedHistory>(() => new VerifyHistoryHandler(_infrastructure.History, TimeProvider.System))
            .Add<ProveEvent, JsonElement>(proofs)
            .Add<ProveGrowth, JsonElement>(proofs)
            .Add<GetLogKey, string>(proofs)
            .Add<ListRunEvents, IReadOnlyList<StoredEvent>>(records)
            .Add<ReadRunLog, IReadOnlyList<LogLine>>(records)
            .Add<ListArtifacts, IReadOnlyList<StepArtifact>>(() => new ArtifactFinder(Log, _infrastructure.Artifacts))
            .Add<ReadArtifact, OpenArtifact>(() => new ArtifactFinder(Log, _infrastructure.Artifacts))
            .Add<ListStates, IReadOnlyDictionary<string, JsonElement>>(() => GetState)
            .Add<ListStateVersions, IReadOnlyList<StateVersion>>(() => GetState)
            .Add<FindStateVersion, StateVersion>(() => GetState)
            .Add<ListBackfills, IReadOnlyList<BackfillProgress>>(() => new ListBackfillsHandler(Log))
            .Add<ListDeadLetters, IReadOnlyList<DeadLetter>>(() => SelectDeadLetters)
            .Add<ShowDeadLetter, DeadLetter>(() => SelectDeadLetters)
            .Add<StartReplay, StartedReplay>(() => new StartReplayHandler(DeadLetters, Log, Waiting, TimeProvider.System))
            .Add<DiscardDeadLetters, int>(() => new DiscardDeadLettersHandler(DeadLetters, Log))
            .Add<ListCatalog, IReadOnlyList<CatalogEntry>>(readCatalog)
            .Add<GetCatalogEntry, CatalogEntry>(readCatalog)
            .Add<PutCatalogEntry, CatalogEntry>(changeCatalog)
            .Add<DeleteCatalogEntry, string>(changeCatalog)
            .Add<ListSecrets, IReadOnlyList<SecretEntry>>(() => new ListSecretsHandler(Secrets))
            .Add<CreateToken, IssuedToken>(() => new CreateTokenHandler(Log, TimeProvider.System))
            .Add<RevokeToken, AccessToken>(tokens)
            .Add<ListTokens, IReadOnlyList<AccessToken>>(tokens)
            .Add<ListNodes, IReadOnlyList<NodeStatus>>(nodes)
            .Add<DrainNode, NodeStatus>(nodes)
            .Add<ListWorkers, IReadOnlyList<ProvisioningRequest>>(workers)
            .Add<ReleaseWorker, ProvisioningRequest>(workers);
    }

    private async Task<string> ReadFileAsync(CancellationToken cancellationToken)
    {
        await Log.ReadLogAsync(new EventQuery(0, Limit: 1), cancellationToken);
        return $"SQLite, in {_project.Data}";
    }
}
