using System.Text.Json;
using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Plugins.Sync;

/// <summary>
/// Makes confirmed STATEs durable in the order they came. While one is being written only the newest of those that
/// follow is kept: each stands for all before it.
/// </summary>
internal sealed class StateCommitter
{
    private readonly Channel<StateCommitted> _confirmed =
        Channel.CreateBounded<StateCommitted>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly IEventLog _log;
    private readonly StepRequest _request;
    private readonly string _stream;
    private readonly Task _committing;
    private long _version;
    private StateCommitted? _last;

    /// <summary>Begins after what is committed already; somebody else's commit in between makes ours fail.</summary>
    public StateCommitter(IEventLog log, StepRequest request, CommittedState before)
    {
        _log = log;
        _request = request;
        _stream = EventStreams.State(request.Pipeline.Name, request.Step.Id);
        _version = before.Version;
        _last = before.Value is { } value ? new StateCommitted(request.RunId, value, before.Targets) : null;
        _committing = CommitAsync();
    }

    /// <summary>Takes the next STATE. Never blocks.</summary>
    public void Confirm(JsonElement value, IReadOnlyList<TargetState>? targets) => _confirmed.Writer.TryWrite(new StateCommitted(_request.RunId, value, targets));

    /// <summary>Calls back when a STATE could not be made durable; <see cref="FinishAsync"/> then says why.</summary>
    public void OnFailure(Action failed) =>
        _ = _committing.ContinueWith(_ => failed(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Completes when the last one is durable; fails as the store does.</summary>
    public Task FinishAsync()
    {
        _confirmed.Writer.TryComplete();
        return _committing;
    }

    private async Task CommitAsync()
    {
        await foreach (var state in _confirmed.Reader.ReadAllAsync())
        {
            // A run that finds nothing new confirms where it began.
            if (_last?.SaysTheSameAs(state) == true) continue;
            _last = state;
            _version = await _log.AppendAsync(_stream, _version, [state], _request.Context, CancellationToken.None);
        }
    }
}
