using FlexCore.Application.Access;
using FlexCore.Application.Bus;
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
using FlexCore.Application.Settings;
using FlexCore.Application.Workers;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Infrastructure;
using FlexCore.Plugins;
using FlexCore.Server;
using FlexCore.Server.Documents;
using Microsoft.Extensions.Logging;

namespace FlexCore.Cli;

/// <summary>The composition root: the use cases of one command on one data directory.</summary>
internal sealed partial class Session : IAsyncDisposable
{
    private readonly InfrastructureModule _infrastructure;
    private readonly ProjectLocation _project;
    private readonly IDisposable? _traces;
    private volatile ProjectSettings _settings;
    private readonly Dictionary<string, PluginsModule> _plugins = new(StringComparer.Ordinal);

    private Session(InfrastructureModule infrastructure, ProjectLocation project, ProjectSettings settings, IDisposable? traces)
    {
        _traces = traces;
        _infrastructure = infrastructure;
        _settings = settings;
        _project = project;
    }

    /// <summary>Who asks: the user whose process this is.</summary>
    /// <remarks>Whoever can open a data directory on a command line owns what is in it.</remarks>
    public static Caller Caller { get; } = new(Environment.UserName, Role.Admin);

    public MessageBus Bus => field ??= CreateBus();

    /// <summary>Asks as the user whose process this is.</summary>
    public Task<Result<TResult>> AskAsync<TResult>(IRequest<TResult> request, CancellationToken cancellationToken) => Bus.SendAsync(request, Caller, cancellationToken);

    public RunPipeline RunPipeline => RunPipelineIn(_project.Root);

    private SelectDeadLetters SelectDeadLetters => new(DeadLetters);

    public ReplayDeadLetters ReplayDeadLetters => new(DeadLetters, Log, RunPipelineOf);

    private IDeadLetters DeadLetters => _infrastructure.DeadLetters;

    public IReadModels ReadModels => _infrastructure.ReadModels;

    private GetState GetState => new(Log);

    public EraseSubject EraseSubject => new(_infrastructure.Subjects, ReadModels);

    private ISecrets Secrets => _infrastructure.Secrets;

    private ChangeSecret ChangeSecret => new(Secrets, Log);

    /// <summary>Places of this machine that weigh more than others when they are granted.</summary>
    private HostPlaces HostPlaces => new(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), _project.Root);

    /// <summary>What is on record of a plugin.</summary>
    public Task<Plugin> ReadPluginAsync(string name, CancellationToken cancellationToken) => Log.ReadPluginAsync(name, cancellationToken);

    /// <summary>What is on record of a pipeline.</summary>
    public Task<Pipeline> ReadPipelineAsync(string name, CancellationToken cancellationToken) => SubPipelineGraph.ReadAsync(Log, name, cancellationToken);

    /// <summary>A node of this process.</summary>
    /// <param name="record">What the others know of it.</param>
    /// <param name="observe">Whom to tell of a run.</param>
    /// <param name="warn">Told of what goes wrong beside the runs.</param>
    public Node CreateNode(NodeRecord record, Func<RunClaim, IRunObserver> observe, Action<string> warn)
    {
        var plugins = PluginsIn(_project.Root);
        return new Node(
            _infrastructure.Queue, new ClaimedRuns(Preparation(plugins), Log, Locks, Engine(plugins), Notifications, () => _settings, record.Name), record, observe, TimeProvider.System)
        { Warn = warn };
    }

    /// <summary>How the project is configured, as of now.</summary>
    public ProjectSettings Settings => _settings;

    /// <summary>Goes on with other settings; those that are for the start of a process alone hold from the next one on.</summary>
    public void Change(ProjectSettings settings) => _settings = settings;

    /// <summary>What a server of this process makes reachable.</summary>
    /// <param name="node">Its node.</param>
    /// <param name="record">What the others know of that.</param>
    /// <param name="logs">Where requests and defects are told of.</param>
    public ServedApplication Serve(Node node, NodeRecord record, ILoggerFactory logs) => new(Bus, Tokens, Log, logs)
    {
        NodeName = record.Name,
        Version = record.Version,
        ProjectRoot = _project.Root,
        Secrets = Secrets,
        LookAsync = _infrastructure.CreateHealth([.. NodeProbes.Create(node, Log, Waiting), NodeProbes.CreateIsolation(PluginsIn(_project.Root).Isolation, () => _settings.Isolation.Lowest)], logs),
        CountWaiting = Waiting.CountAsync,
        Slow = _settings.Log.Slow,
        HasConsole = () => _settings.Features.Console,
        HasPublicMetrics = _settings.HasPublicMetrics,
    };

    /// <summary>Who bears which token.</summary>
    public TokenAuthenticator Tokens => field ??= new(Log, TimeProvider.System);

    /// <summary>What rings when a schedule of this project is due.</summary>
    public IAlarms CreateAlarms() => _infrastructure.CreateAlarms();

    /// <summary>What starts runs by their schedules.</summary>
    /// <param name="alarms">What rings.</param>
    /// <param name="warn">Told of what goes wrong.</param>
    public Timetable CreateTimetable(IAlarms alarms, Action<string> warn) => new(Log, alarms, new DueRuns(Log, Bus, TimeProvider.System), Backfills, TimeProvider.System) { Warn = warn, IsOn = () => _settings.Features.Schedules };

    /// <summary>What starts the runs that events cause.</summary>
    /// <param name="warn">Told of what goes wrong.</param>
    public EventTriggers CreateEventTriggers(Action<string> warn) => new(Log, _infrastructure.Subscriptions, Bus, TimeProvider.System) { Warn = warn, IsOn = () => _settings.Features.Triggers };

    /// <summary>What starts a run for each file that arrives.</summary>
    /// <param name="warn">Told of what goes wrong.</param>
    public FileTriggers CreateFileTriggers(Action<string> warn) => new(Log, InfrastructureModule.Folders, Bus, TimeProvider.System) { Warn = warn, IsOn = () => _settings.Features.Triggers };

    /// <summary>What has workers come and go.</summary>
    /// <param name="worker">What starts a node that is a process of this machine.</param>
    /// <param name="patience">How long such a process may take to end.</param>
    /// <param name="say">Told of what changes.</param>
    /// <param name="warn">Told of what goes wrong.</param>
    public Autoscaler CreateAutoscaler(IReadOnlyList<string> worker, TimeSpan patience, Action<string> say, Action<string> warn)
    {
        IWorkerProvider provider = _settings.Workers.Plugin is { } plugin
            ? new PluginWorkers(Bus, plugin, () => _settings.Workers.Config, _project.Root, new RunNewsWriter(_ => { }), TimeProvider.System)
            : _infrastructure.CreateLocalWorkers(worker, _project.Root, patience);
        return new Autoscaler(_infrastructure.Queue, new ProvisioningRequests(_infrastructure.Catalog), provider, () => _settings.Workers, TimeProvider.System) { Say = say, Warn = warn };
    }

    /// <summary>What lets leave what is old.</summary>
    /// <param name="say">Told of it.</param>
    public Retention CreateRetention(Action<string> say) => new(() => _settings.Retention, _infrastructure.Past, TimeProvider.System) { Say = say };

    /// <summary>One for all who count.</summary>
    private QueueCap Waiting => field ??= new(_infrastructure.Queue, () => _settings.Queue.Cap, TimeProvider.System);

    private BackfillRuns Backfills => new(Log, _infrastructure.Queue, Bus, TimeProvider.System);

    /// <summary>The whole log: as a file, and its history.</summary>
    public InfrastructureModule EventLog => _infrastructure;

    public IRunLogs Logs => _infrastructure.Logs;

    /// <summary>Has others hear of a run of this process, too.</summary>
    public IRunObserver Told(IRunObserver observer) => new ToldRun(observer, _infrastructure.Progress, TimeProvider.System);

    private IEventLog Log => _infrastructure.Log;

    private PipelineLocks Locks => new(_infrastructure.Locks, _infrastructure.Queue, Log);

    public static Task<Session> OpenAsync(ProjectLocation project, CancellationToken cancellationToken) => OpenAsync(project, project.ReadSettings(), Environment.MachineName, cancellationToken);

    /// <summary>Opens the data of a project.</summary>
    /// <param name="project">The project.</param>
    /// <param name="settings">What its settings were found to be.</param>
    /// <param name="instance">What this process is called, among others, where its traces are looked at.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<Session> OpenAsync(ProjectLocation project, ProjectSettings settings, string instance, CancellationToken cancellationToken)
    {
        var infrastructure = await InfrastructureModule.OpenAsync(project.Data, settings, TimeProvider.System, cancellationToken);
        infrastructure.Warn = message => Console.Error.WriteLine($"warning: {Printable.Escape(message)}");
        return new Session(infrastructure, project, settings, InfrastructureModule.SendTraces(settings.Telemetry, instance));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var plugins in _plugins.Values) await plugins.DisposeAsync();
        await SignAsync();
        await _infrastructure.DisposeAsync();
        _traces?.Dispose();
    }

    // What was done is done: that it is not signed yet must not look as if it had failed.
    private async Task SignAsync()
    {
        try
        {
            await _infrastructure.SignOwnEventsAsync(CancellationToken.None);
        }
        catch (FlexCoreException e)
        {
            foreach (var error in e.Errors) await Console.Error.WriteLineAsync($"warning[{error.Code.Id}]: {error.Message} ({error.Code.Meaning})");
        }
    }

    /// <summary>Runs the pipeline of a file that may lie in another project than this one: its plugins are beside it.</summary>
    private RunPipeline RunPipelineOf(string file) => RunPipelineIn(ProjectLocation.RootOf(file));

    private RunPipeline RunPipelineIn(string root)
    {
        var plugins = PluginsIn(root);
        return new RunPipeline(Preparation(plugins), Locks, Log, Engine(plugins), Notifications, TimeProvider.System);
    }

    private TellAboutRuns Notifications => new(Log, ReadModels, InfrastructureModule.CreateNotificationSender(Secrets, TimeProvider.System), Channels, TimeProvider.System);

    private KnownChannels Channels => new(() => _settings.Channels, FindEntryAsync);

    private IPipelineReader CreateReader(PluginsModule plugins) => plugins.CreatePipelineReader(_infrastructure.Secrets, Log.ReadPluginAsync, FindEntryAsync, _settings);

    /// <summary>An entry of the catalog; null where there is none.</summary>
    public ValueTask<CatalogEntry?> FindEntryAsync(string kind, string name, CancellationToken cancellationToken) => _infrastructure.Catalog.FindAsync(kind, name, cancellationToken);

    private RunPreparation Preparation(PluginsModule plugins) => new(
        () => CreateReader(plugins),
        new RegisteredPlugins(Log),
        IsolationOf(plugins),
        Log);

    private HostIsolation IsolationOf(PluginsModule plugins) => new(plugins.Isolation, Log, () => _settings.Isolation.Lowest);

    private IStepRunner StepRunner(PluginsModule plugins) => plugins.CreateStepRunner(Log, DeadLetters, _infrastructure.Logs, _infrastructure.Secrets, _infrastructure.Remote, _infrastructure.Artifacts, _infrastructure.HttpServices, _infrastructure.Databases, () => _settings);

    private RunEngine Engine(PluginsModule plugins) => new(StepRunner(plugins), Circuits, new SubPipelines(Log, RunPipelineOf, TimeProvider.System), Log, Logs, TimeProvider.System);

    /// <summary>One for all runs of the process.</summary>
    private SystemCircuits Circuits => field ??= new(() => _settings.Circuit, Log, TimeProvider.System);

    private PluginsModule PluginsIn(string root)
    {
        // Runs of other pipelines begin side by side.
        lock (_plugins)
        {
            if (!_plugins.TryGetValue(root, out var plugins)) _plugins[root] = plugins = new PluginsModule(_project.Data, _project.AllData, root, TimeProvider.System) { FindBuiltIn = BuiltInPlugins.Find };
            return plugins;
        }
    }
}
