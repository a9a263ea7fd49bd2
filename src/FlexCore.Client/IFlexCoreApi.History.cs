using System.Text.Json;

namespace FlexCore.Client;

/// <content>The history of the event log.</content>
public partial interface IFlexCoreApi
{
    /// <summary>Writes the whole event log as JSON Lines, as it is read: it is never in memory as a whole.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="cancellationToken">Gives it up; what was written is then a part.</param>
    /// <returns>How many events.</returns>
    /// <exception cref="HttpRequestException">The server has broken off: what was written is a part.</exception>
    Task<long> ExportEventsAsync(Stream file, CancellationToken cancellationToken = default);

    /// <summary>Recomputes the history of the event log, and compares it with what was signed of it. What is wrong is found, not refused.</summary>
    /// <param name="request">The wish.</param>
    /// <param name="progress">Told how far it is; a server says nothing before the end, for which it takes 90 seconds at most.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<Verification> VerifyEventsAsync(VerifyEvents request, IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>A proof that an event is in the log, as docs/verify.py reads it.</summary>
    Task<JsonElement> ProveEventAsync(long position, CancellationToken cancellationToken = default);

    /// <summary>A proof that the log of so many events begins with all that it had when there were fewer, as docs/verify.py reads it.</summary>
    /// <param name="older">How many there were, or the text of a checkpoint of that time which was kept elsewhere.</param>
    /// <param name="newer">How many events.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<JsonElement> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken = default);

    /// <summary>The public key that checkpoints and proofs are checked with.</summary>
    Task<LogKey> GetLogKeyAsync(CancellationToken cancellationToken = default);
}
