using System.Text.Json;

namespace FlexCore.Client;

/// <content>The history of the event log.</content>
public sealed partial class FlexCoreClient
{
    /// <inheritdoc/>
    public Task<Verification> VerifyEventsAsync(VerifyEvents request, IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (string, string?)[] parameters =
        [
            .. (request.Against ?? []).Select(checkpoint => ("against", (string?)checkpoint)), .. (request.Keys ?? []).Select(key => ("key", (string?)key)),
            ("since_last", request.SinceLast ? "true" : null),
        ];
        return GetAsync(Address("events/verify", parameters), FlexCoreJson.Default.Verification, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JsonElement> ProveEventAsync(long position, CancellationToken cancellationToken = default) => GetAsync($"events/{Text(position)}/proof", FlexCoreJson.Default.JsonElement, cancellationToken);

    /// <inheritdoc/>
    public Task<JsonElement> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken = default) =>
        GetAsync(Address("events/growth", ("older", older), ("newer", Text(newer))), FlexCoreJson.Default.JsonElement, cancellationToken);

    /// <inheritdoc/>
    public Task<LogKey> GetLogKeyAsync(CancellationToken cancellationToken = default) => GetAsync("events/key", FlexCoreJson.Default.LogKey, cancellationToken);
}
