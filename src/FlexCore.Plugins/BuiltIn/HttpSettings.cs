using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>What a <c>http</c> step asks.</summary>
internal sealed record HttpSettings
{
    public required string Method { get; init; }

    /// <summary>Scheme, host and port.</summary>
    public required Uri Origin { get; init; }

    /// <summary>Path and query, as far as they are in <c>url</c>.</summary>
    public required IReadOnlyList<HttpPiece> Path { get; init; }

    public required IReadOnlyList<HttpField> Query { get; init; }

    public required IReadOnlyList<HttpField> Headers { get; init; }

    public HttpContentSetting? Body { get; init; }

    public HttpCredentials? Auth { get; init; }

    public JsonElement? IdempotencyKey { get; init; }

    /// <summary>The statuses that are no failure; none for 200 to 299.</summary>
    public required IReadOnlyList<int> Expect { get; init; }

    public HttpRetrySetting? Retry { get; init; }

    public int? PerSecond { get; init; }

    public long? TimeoutMs { get; init; }

    public long? MostBytes { get; init; }

    public HttpPagesSetting? Pages { get; init; }

    /// <summary>Other servers, <c>host:port</c>, to which redirections are followed.</summary>
    public required IReadOnlyList<string> Redirects { get; init; }

    public string? Save { get; init; }

    /// <summary>What is picked from the first answer: pointers by name.</summary>
    public required IReadOnlyDictionary<string, string> Output { get; init; }

    /// <summary>How its service is asked.</summary>
    public HttpAccess Access
    {
        get
        {
            var usual = new HttpAccess(Origin);
            return usual with
            {
                Credentials = Auth,
                Attempts = Retry?.Attempts ?? usual.Attempts,
                Pause = Retry?.InitialMs is { } initial ? TimeSpan.FromMilliseconds(initial) : usual.Pause,
                LongestPause = Retry?.MaxMs is { } most ? TimeSpan.FromMilliseconds(most) : usual.LongestPause,
                PerSecond = PerSecond,
                Timeout = TimeoutMs is { } limit ? TimeSpan.FromMilliseconds(limit) : usual.Timeout,
                MostBytes = MostBytes ?? usual.MostBytes,
            };
        }
    }
}

/// <summary>A part of an address: one of the two.</summary>
/// <param name="Known">As it was written.</param>
/// <param name="Value">What stands there now, to be escaped.</param>
internal sealed record HttpPiece(string? Known, JsonElement? Value);

/// <summary>A header, or a parameter of the query.</summary>
internal sealed record HttpField(string Name, JsonElement? Value);

/// <summary>What is sent.</summary>
internal sealed record HttpContentSetting(JsonElement? Value);

/// <summary>How a request is tried again.</summary>
internal sealed record HttpRetrySetting(int? Attempts, long? InitialMs, long? MaxMs);

/// <summary>How one comes from a page to the next.</summary>
/// <param name="Next"><c>link</c>, <c>cursor</c>, <c>page</c> or <c>offset</c>.</param>
/// <param name="At">Where the answer has the address, or the cursor.</param>
/// <param name="Parameter">What is set in the query.</param>
/// <param name="First">The first number.</param>
/// <param name="Size">How many items a full page has.</param>
/// <param name="Items">Where the answer has them.</param>
/// <param name="Most">How many pages there are at most.</param>
internal sealed record HttpPagesSetting(string Next, string? At, string? Parameter, int First, int? Size, string Items, int Most);
