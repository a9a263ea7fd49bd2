using System.Text.Json;
using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Secrets;

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
    private readonly SecretMask _mask;
    private readonly string _stream;
    private readonly Task _committing;
    private long _version;
    private StateCommitted? _last;

    /// <summary>Begins after what is committed already; somebody else's commit in between makes ours fail.</summary>
    public StateCommitter(IEventLog log, StepRequest request, SecretMask mask, CommittedState before)
    {
        _log = log;
        _request = request;
        _mask = mask;
        _stream = EventStreams.State(request.Pipeline.Name, request.Step.Id);
        _version = before.Version;
        _last = before.Value is { } value ? new StateCommitted(request.RunId, value, before.Targets) : null;
        _committing = CommitAsync();
    }

    /// <summary>Why no STATE is kept any more, where it is not the store that failed: the log keeps everything for ever, and with part of it hidden a STATE would be another one.</summary>
    public RecordProblem? Refusal { get; private set; }

    /// <summary>Takes the next STATE. Never blocks.</summary>
    public void Confirm(JsonElement value, IReadOnlyList<TargetState>? targets) => _confirmed.Writer.TryWrite(new StateCommitted(_request.RunId, value, targets));

    /// <summary>Calls back when a STATE could not be made durable; <see cref="FinishAsync"/> or <see cref="Refusal"/> then says why.</summary>
    public void OnFailure(Action failed) => _ = _committing.ContinueWith(
        committing =>
        {
            if (committing.IsFaulted || Refusal is not null) failed();
        },
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);

    /// <summary>Completes when the last one is durable; fails as the store does.</summary>
    public Task FinishAsync()
    {
        _confirmed.Writer.TryComplete();
        return _committing;
    }

    /// <summary>Why a STATE must not be kept: see <see cref="Refusal"/>.</summary>
    public static RecordProblem? Refuse(SecretMask mask, StateCommitted state) =>
        mask.Finds(state.Value) || (state.Targets ?? []).Any(target => target.Value is { } value && mask.Finds(value))
            ? new RecordProblem(ErrorCodes.SecretInState, "a STATE that came back holds the value of a secret of the step, and is not kept")
            : null;

    private async Task CommitAsync()
    {
        await foreach (var state in _confirmed.Reader.ReadAllAsync())
        {
            // A run that finds nothing new confirms where it began.
            if (_last?.SaysTheSameAs(state) == true) continue;
            Refusal = Refuse(_mask, state);
            if (Refusal is not null) return;

            _last = state;
            _version = await _log.AppendAsync(_stream, _version, [state], _request.Hold, _request.Context, CancellationToken.None);
        }
    }
}
