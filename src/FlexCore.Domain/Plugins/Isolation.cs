using System.Text.Json.Serialization;

namespace FlexCore.Domain.Plugins;

/// <summary>How much keeps plugins apart from the machine; the greater, the more. In events and documents the name in small letters.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IsolationLevel>))]
public enum IsolationLevel
{
    /// <summary>Processes of their own, and nothing more.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Files, sockets and other processes are closed to them by the kernel; namespaces are the host's.</summary>
    [JsonStringEnumMemberName("process")]
    Process,

    /// <summary>Everything that FlexCore promises.</summary>
    [JsonStringEnumMemberName("sandbox")]
    Sandbox,
}

/// <summary>What keeps the plugins of a run apart from the machine.</summary>
/// <param name="Level">The level.</param>
/// <param name="Missing">What level <c>sandbox</c> has and this one has not; empty at that level.</param>
public sealed record Isolation(IsolationLevel Level, IReadOnlyList<string> Missing)
{
    /// <summary>Level <c>sandbox</c>.</summary>
    public static Isolation Full { get; } = new(IsolationLevel.Sandbox, []);

    /// <summary>Whether it is less than that.</summary>
    [JsonIgnore]
    public bool IsDegraded => Level < IsolationLevel.Sandbox;

    /// <summary>The level's name.</summary>
    [JsonIgnore]
    public string Name => NameOf(Level);

    /// <summary>What a level is called in events and documents.</summary>
    public static string NameOf(IsolationLevel level) => level.ToString().ToLowerInvariant();
}
