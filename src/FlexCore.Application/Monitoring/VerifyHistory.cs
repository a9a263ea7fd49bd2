using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>Whether the log is what was appended.</summary>
/// <param name="Evidence">What it is compared with beside what the log itself has.</param>
/// <param name="SinceLast">Looks only at what came after the last verification.</param>
public sealed record VerifyHistory(HistoryEvidence Evidence, bool SinceLast) : IQuery<VerifiedHistory>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;

    /// <summary>How long whoever asks can wait; null for as long as it takes.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Told how far it is.</summary>
    public IProgress<HistoryProgress>? Progress { get; init; }
}

/// <summary>Verifies the log.</summary>
public sealed class VerifyHistoryHandler(IHistory history, TimeProvider time) : IHandler<VerifyHistory, VerifiedHistory>
{
    /// <inheritdoc/>
    public async Task<Result<VerifiedHistory>> HandleAsync(VerifyHistory request, Caller caller, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(request.Within ?? Timeout.InfiniteTimeSpan, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await history.VerifyAsync(request.Evidence, request.SinceLast, request.Progress, ended.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new Error(ErrorCodes.VerificationTooLong, $"the log could not be verified within {request.Within!.Value.TotalSeconds} seconds");
        }
    }
}
