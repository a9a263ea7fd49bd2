using System.Runtime.CompilerServices;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Runs;
using FlexCore.Server.Following;
using FlexCore.Server.Grpc.V1;
using Google.Protobuf.Reflection;
using Ask = FlexCore.Application.Runs;
using Run = FlexCore.Server.Grpc.V1.Run;
using RunStatus = FlexCore.Domain.Runs.RunStatus;
using RunTrigger = FlexCore.Domain.Runs.RunTrigger;
using StepStatus = FlexCore.Domain.Runs.StepStatus;

namespace FlexCore.Server.Grpc.Services;

/// <summary><c>flexcore.v1.RunService</c>.</summary>
internal sealed class RunCalls(IEventLog log, TimeProvider time)
{
    private const string NoReason = "asked for over gRPC";

    // So long may a stream hear nothing before it is looked at again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly RunFeeds<Frame> _feeds = new(log, time, Frame.Of);

    /// <summary>Makes the service.</summary>
    public GrpcService Create() => new GrpcService(RunServiceReflection.Descriptor.FindTypeByName<ServiceDescriptor>("RunService"))
        .Change<StartRunRequest, StartRunResponse>("Start", StartAsync)
        .One<GetRunRequest, Run>("Get", async (request, call) => Describe(await call.AskAsync(new ShowRun(request.Run))))
        .One<ListRunsRequest, ListRunsResponse>("List", ListAsync)
        .Change<CancelRunRequest, CancelRunResponse>("Cancel", CancelAsync)
        .Change<RetryRunRequest, RetryRunResponse>("Retry", RetryAsync)
        .Many<WatchRunRequest, Event>("Watch", (request, call) => WatchAsync(request, call, call.CancellationToken));

    /// <summary>A run of a list.</summary>
    public static RunListItem Describe(ExecutionHistory run)
    {
        var item = new RunListItem
        {
            RunId = run.RunId.ToString(), Pipeline = run.Pipeline, Status = Wire.Named<RunStatus, V1.RunStatus>(run.Status), DryRun = run.IsDryRun, StartedAt = Wire.At(run.StartedAt), Records = run.Records,
            DeadLetters = run.DeadLetters,
        };
        if (run.Replays is { } replays) item.Replays = replays;
        if (run.DurationMs is { } duration) item.DurationMs = duration;
        return item;
    }

    private static async Task<StartRunResponse> StartAsync(StartRunRequest request, GrpcCall call)
    {
        var id = await call.AskAsync(new StartPipeline(request.Pipeline, request.Set, RunTrigger.Manual, request.FullRefresh, request.HasPriority ? request.Priority : null) { RunId = call.Begun?.RunIdOf(request.Pipeline) });
        return new StartRunResponse { RunId = id.ToString() };
    }

    private static async Task<ListRunsResponse> ListAsync(ListRunsRequest request, GrpcCall call)
    {
        var most = Wire.PageSize(request.PageSize);
        RunStatus? status = request.Status == V1.RunStatus.Unspecified ? null : Enum.IsDefined(request.Status) ? Wire.Named<V1.RunStatus, RunStatus>(request.Status) : throw Wire.Wrong("status is none that there is");
        var found = await call.AskAsync(new GetExecutionHistory(
            new RunFilter(most + 1, request.HasPipeline ? request.Pipeline : null, status, request.PageToken.Length == 0 ? null : Wire.Id("page_token", request.PageToken), Since: Wire.Time("since", request.Since))));
        return new ListRunsResponse { Runs = { found.Take(most).Select(Describe) }, NextPageToken = found.Count > most ? found[most - 1].RunId.ToString() : "" };
    }

    private static async Task<CancelRunResponse> CancelAsync(CancelRunRequest request, GrpcCall call)
    {
        var run = await call.AskAsync(new Ask.CancelRun(Wire.Id("run_id", request.RunId), request.Reason.Length == 0 ? NoReason : request.Reason));
        return new CancelRunResponse { RunId = run.RunId.ToString(), Status = Wire.Named<RunStatus, V1.RunStatus>(run.Status), CancelRequested = run.CancelRequested is not null };
    }

    private static async Task<RetryRunResponse> RetryAsync(RetryRunRequest request, GrpcCall call) =>
        new() { RunId = (await call.AskAsync(new Ask.RetryRun(Wire.Id("run_id", request.RunId), request.FromStart, request.Set) { Cause = call.Begun?.Cause })).ToString() };

    private async IAsyncEnumerable<Event> WatchAsync(WatchRunRequest request, GrpcCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var run = Wire.Id("run_id", request.RunId);
        var last = Wire.Place("after_version", request.AfterVersion);

        // Followed before it is read: nothing can fall between the two.
        using var feed = _feeds.Join(run);
        var known = await call.AskAsync(new ListRunEvents(run, last));
        foreach (var stored in known)
        {
            yield return EventCalls.Describe(stored);
            last = stored.Version;
        }

        if (known.Count > 0 ? RunEnd.Is(known[^1]) : await _feeds.IsEndedAsync(run, cancellationToken)) yield break;
        while (true)
        {
            foreach (var frame in await feed.NextAsync(last, Patience, cancellationToken))
            {
                yield return frame.Message;
                last = frame.Version;
                if (frame.IsEnd) yield break;
            }
        }
    }

    private static Run Describe(RunSummary summary)
    {
        var run = summary.State;
        var message = new Run
        {
            RunId = run.RunId.ToString(), Pipeline = run.Pipeline, PipelineVersion = run.PipelineVersion, Status = Wire.Named<RunStatus, V1.RunStatus>(run.Status),
            Trigger = new V1.RunTrigger { Kind = Documents.Wording.Of(run.Trigger.Kind), DueAt = Wire.At(run.Trigger.DueAt) },
            DryRun = run.IsDryRun, Degraded = run.Isolation.IsDegraded, StartedAt = Wire.At(summary.StartedAt), Steps = { run.Steps.Select(Describe) },
        };
        if (run.DurationMs is { } duration) message.DurationMs = duration;
        if (run.Reason is { } reason) message.Reason = reason;
        if (run.Trigger.Source is { } source) message.Trigger.Source = source;
        if (run.RetryOf is { } earlier) message.RetryOf = earlier.ToString();
        if (run.Resumes is { } interrupted) message.Resumes = interrupted.ToString();
        if (run.Node is { } node) message.Node = node;
        if (run.CancelRequested is { } wish) message.CancelRequested = wish;
        if (run.Replays is { } replays) message.Replays = replays;
        if (run.Environment is { } environment) message.Environment = environment;
        if (summary.Waits is { } waits) message.Waits = waits.Describe();
        return message;
    }

    private static RunStep Describe(StepState step)
    {
        var message = new RunStep
        {
            Id = step.Id, Status = Wire.Named<StepStatus, V1.StepStatus>(step.Status), Attempts = step.Attempts, Bytes = step.Tally.Bytes, DeadLetters = step.Tally.CountDead(), Records = { step.Tally.Records.ToDictionary() },
        };
        if (step.SubRun is { } sub) message.SubRun = sub.ToString();
        if (step.Code is { } code) message.ErrorCode = code;
        if (step.Message is { } text) message.ErrorMessage = text;
        return message;
    }

    private sealed record Frame(long Version, bool IsEnd, Event Message) : IRunFrame
    {
        public static Frame Of(StoredEvent stored) => new(stored.Version, RunEnd.Is(stored), EventCalls.Describe(stored));
    }
}
