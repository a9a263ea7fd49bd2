using FlexCore.Application.Monitoring;
using FlexCore.Application.Nodes;
using FlexCore.Application.Notifications;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Application.Tests.Notifications;
using FlexCore.Domain;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure;

namespace FlexCore.Application.Tests;

/// <summary>A data directory with a real event log and real locks; the file, the steps and the machine are as a test wants them.</summary>
internal sealed class World : IPipelineReader, IStepRunner, IIsolation, IRunObserver, IAsyncDisposable
{
    private readonly string _folder;
    private readonly InfrastructureModule _module;

    private World(string folder, InfrastructureModule module) => (_folder, _module) = (folder, module);

    public Result<PipelineDefinition> Pipeline { get; set; } = Some.Pipeline(Some.Task("load"));

    /// <summary>What files hold that are not that pipeline's.</summary>
    public Dictionary<string, Result<PipelineDefinition>> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Of level <c>sandbox</c>.</summary>
    public List<HostFeature> Features { get; } = [new("user-namespaces", IsPresent: true, IsRequired: true, "works", null)];

    /// <summary>Of level <c>process</c>.</summary>
    public List<HostFeature> ProcessFeatures { get; } = [new("landlock", IsPresent: true, IsRequired: true, "version 7", null)];

    /// <summary>The machine's name for the self-test.</summary>
    public string Host { get; set; } = "this one";

    /// <summary>What the operator accepts.</summary>
    public IsolationLevel Lowest { get; set; } = IsolationLevel.Sandbox;

    /// <summary>Levels of which the whole self-test was made.</summary>
    public List<IsolationLevel> Tested { get; } = [];

    /// <summary>What each step does; one that is not named succeeds.</summary>
    public Dictionary<string, Func<StepRequest, StepResult>> Doing { get; } = new(StringComparer.Ordinal);

    /// <summary>The same of those that take time.</summary>
    public Dictionary<string, Func<StepRequest, StopSignal, Task<StepResult>>> Taking { get; } = new(StringComparer.Ordinal);

    public List<StepRequest> Attempts { get; } = [];

    /// <summary>Steps that were set up before their time.</summary>
    public List<string> Prepared { get; } = [];

    /// <summary>Those of them whose attempt has used that, and those for which it is gone, in order.</summary>
    public List<string> PreparedWas { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> Seen { get; } = [];

    public CancellationTokenSource Stop { get; } = new();

    public IEventLog Log => _module.Log;

    public IRunLocks Locks => _module.Locks;

    public ISecrets Secrets => _module.Secrets;

    public ICatalog Catalog => _module.Catalog;

    public PipelineLocks PipelineLocks => new(Locks, Queue, Log);

    public ShowRunHandler Runs => new(Log, ReadModels, PipelineLocks, Queue);

    public Task<Result<RunSummary>> ShowRunAsync(string id) => Runs.HandleAsync(new ShowRun(id), Some.Caller, Token);

    public QueueCap Cap => new(Queue, () => QueueSettings.Usual.Cap, TimeProvider.System);

    public IReadModels ReadModels => _module.ReadModels;

    public async Task<IReadOnlyList<ExecutionHistory>> ListRunsAsync(string? pipeline, int limit) =>
        (await new GetExecutionHistoryHandler(ReadModels, Log, PipelineLocks).HandleAsync(new GetExecutionHistory(new RunFilter(limit, pipeline)), Some.Caller, Token)).Value;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<World> CreateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-application-").FullName;
        return new World(folder, await InfrastructureModule.OpenAsync(folder, ProjectSettings.Usual, TimeProvider.System, Token));
    }

    public IDeadLetters DeadLetters => _module.DeadLetters;

    public StopSignal StopSignal => new(Stop.Token, CancellationToken.None);

    public IRunQueue Queue => _module.Queue;

    private RunPreparation Preparation => new(() => this, new RegisteredPlugins(Log), new HostIsolation(this, Log, () => Lowest), Log);

    public ClaimedRuns ClaimedRuns(string node) => new(Preparation, Log, PipelineLocks, Engine, Notifications, () => ProjectSettings.Usual, node);

    public RunPipeline RunPipeline => new(Preparation, PipelineLocks, Log, Engine, Notifications, TimeProvider.System);

    /// <summary>When systems that keep failing are left alone.</summary>
    public CircuitRule Circuit { get; set; } = CircuitRule.Usual;

    private RunEngine Engine => new(this, Circuits, new SubPipelines(Log, _ => RunPipeline, TimeProvider.System), Log, TimeProvider.System);

    // One for all runs, as in a process.
    private SystemCircuits Circuits => field ??= new(() => Circuit, Log, Time);

    public TellAboutRuns Notifications => new(Log, ReadModels, Sender, new KnownChannels(() => Channels, (_, _, _) => new((CatalogEntry?)null)), Time);

    /// <summary>What gets messages; how they get there is tested with the real servers.</summary>
    public RecordingSender Sender { get; } = new();

    public Dictionary<string, Channel> Channels { get; } = new(StringComparer.Ordinal);

    public TestClock Time { get; } = new();

    public static PipelineRequest Request { get; } = new("orders.yaml", new Dictionary<string, string>(StringComparer.Ordinal), GrantAll: false);

    public Task<Result<RunState>> RunAsync(bool fullRefresh = false, bool isDryRun = false, StepReplay? replay = null, bool allowsUnconfined = false) =>
        RunPipeline.HandleAsync(new RunPipelineCommand(Request, fullRefresh, isDryRun, replay, allowsUnconfined), this, StopSignal);

    /// <summary>Makes letters, and keeps them.</summary>
    public async Task<List<DeadLetter>> KeepAsync(params DeadLetter[] letters)
    {
        await DeadLetters.AddAsync(letters, Token);
        return [.. letters];
    }

    /// <summary>Where those letters are now.</summary>
    public async Task<List<DeadLetterStatus>> StatusesAsync(IEnumerable<DeadLetter> letters)
    {
        var statuses = new List<DeadLetterStatus>();
        foreach (var letter in letters) statuses.Add((await DeadLetters.FindAsync(letter.Id, Token))!.Status);
        return statuses;
    }

    /// <summary>What another process does that runs the pipeline.</summary>
    public async Task<IRunLock> HoldAsync(Guid run)
    {
        var held = (await Locks.TryAcquireAsync("orders", Token))!;
        await held.ClaimAsync(run, Token);
        return held;
    }

    /// <summary>What a process leaves that is killed in the middle of a step.</summary>
    public Task<Guid> LeaveInterruptedRunAsync(params IDomainEvent[] further) => LeaveInterruptedRunAsync(null, further);

    /// <inheritdoc cref="LeaveInterruptedRunAsync(IDomainEvent[])"/>
    public async Task<Guid> LeaveInterruptedRunAsync(Isolation? isolation, params IDomainEvent[] further)
    {
        var run = Guid.CreateVersion7();
        await (await HoldAsync(run)).DisposeAsync();
        await Log.AppendAsync(EventStreams.Run(run), 0, [Some.Started(run) with { Isolation = isolation }, .. further], EventContext.New(run), Token);
        return run;
    }

    /// <summary>Puts a pipeline on record, and where its file is.</summary>
    public async Task RecordAsync(PipelineDefinition pipeline)
    {
        Files[pipeline.File] = pipeline;
        await Log.AppendAsync(EventStreams.Pipeline(pipeline.Name), null, [new PipelineCreated(pipeline.Name, pipeline.File, pipeline.Hash, pipeline.Document, pipeline.Rules)], EventContext.New(Guid.CreateVersion7()), Token);
    }

    public async Task<List<IDomainEvent>> EventsAsync(string stream) => [.. (await Log.ReadAsync(stream, Token)).Select(fact => fact.Event)];

    public async Task<List<string>> TypesAsync(string stream) => [.. (await EventsAsync(stream)).Select(@event => @event.GetType().Name)];

    public Task<Result<PipelineDefinition>> ReadAsync(PipelineRequest request, CancellationToken cancellationToken) => Task.FromResult(Files.GetValueOrDefault(request.File, Pipeline));

    public Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop)
    {
        Attempts.Add(request);
        if (Taking.TryGetValue(request.Step.Id, out var take)) return take(request, stop);
        return Task.FromResult(Doing.GetValueOrDefault(request.Step.Id, _ => Succeeded())(request));
    }

    public Task<IPreparedStep?> PrepareAsync(StepRequest request)
    {
        Prepared.Add(request.Step.Id);
        return Task.FromResult<IPreparedStep?>(new PreparedStep(this, request.Step.Id));
    }

    public ValueTask<IsolationReport> ProbeAsync(IsolationLevel level, CancellationToken cancellationToken) => new(Report(level));

    public ValueTask<IsolationReport> TestAsync(IsolationLevel level, CancellationToken cancellationToken)
    {
        Tested.Add(level);
        return new(Report(level));
    }

    private IsolationReport Report(IsolationLevel level)
    {
        IReadOnlyList<HostFeature> features = level switch
        {
            IsolationLevel.Sandbox => Features,
            IsolationLevel.Process => ProcessFeatures,
            _ => [],
        };
        return new IsolationReport(
            features.All(feature => feature.IsPresent || !feature.IsRequired), "cgroup", features, new Isolation(level, level == IsolationLevel.Sandbox ? [] : ["pid namespace"]), Host);
    }

    public void Warning(string message) => Warnings.Add(message);

    public void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants) => Seen.Add($"run started, {string.Join("; ", grants.Select(grant => $"{grant.Step}: {grant.Plugin} {grant.Grant}"))}");

    public void StepStarted(string step) => Seen.Add($"{step} started");

    public void StepProgressed(StepProgress progress) => Seen.Add($"{progress.Step} progressed");

    public void PluginLogged(LogLine line) => Seen.Add(line.Message);

    public void StepEnded(StepState step) => Seen.Add($"{step.Id} {step.Status}");

    public async ValueTask DisposeAsync()
    {
        Stop.Dispose();
        await _module.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public static StepResult Succeeded(string? output = null) =>
        new(new StepTally(new Dictionary<string, long>(StringComparer.Ordinal) { ["orders"] = 5 }, 100, []), null, output is null ? null : System.Text.Json.JsonElement.Parse(output));

    public static StepResult Failed(string code = "FX2001") =>
        new(StepTally.Nothing, new StepFailure("report", PluginOutcome.ExitCode, code, "report ended with exit code 1"), null);

    private sealed class PreparedStep(World world, string id) : IPreparedStep
    {
        public Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop)
        {
            world.PreparedWas.Add($"{id} used");
            return world.RunAsync(request, observer, stop);
        }

        public ValueTask DisposeAsync()
        {
            world.PreparedWas.Add($"{id} gone");
            return ValueTask.CompletedTask;
        }
    }
}
