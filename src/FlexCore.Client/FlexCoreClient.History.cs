using System.Text.Json;

namespace FlexCore.Client;

/// <content>The history of the event log.</content>
public sealed partial class FlexCoreClient
{
    private const int ExportBuffer = 64 << 10;

    /// <inheritdoc/>
    public async Task<long> ExportEventsAsync(Stream file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var request = Request(HttpMethod.Get, "events/export");
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        using var lines = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var (count, buffer) = (0L, new byte[ExportBuffer]);
        while (await ReadAsync(lines, buffer, cancellationToken).ConfigureAwait(false) is > 0 and var length)
        {
            count += buffer.AsSpan(0, length).Count((byte)'\n');
            await file.WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

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

    // What goes wrong with the server is not to be taken for what goes wrong with the file.
    private static async ValueTask<int> ReadAsync(Stream answer, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HttpRequestException($"The server has broken off: {e.Message}", e);
        }
    }
}
