using System.Text.Json.Serialization;

namespace FlexCore.Domain.Plugins;

/// <summary>How a plugin process ended. The names on the wire are those of the contract.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PluginOutcome>))]
public enum PluginOutcome
{
    /// <summary>Exit code 0, and the protocol was kept.</summary>
    [JsonStringEnumMemberName("succeeded")]
    Succeeded,

    /// <summary>An exit code other than 0.</summary>
    [JsonStringEnumMemberName("exit-code")]
    ExitCode,

    /// <summary>The protocol was broken.</summary>
    [JsonStringEnumMemberName("protocol")]
    Protocol,

    /// <summary>Ended by a signal that was not ours.</summary>
    [JsonStringEnumMemberName("signal")]
    Signal,

    /// <summary>It took longer than it may.</summary>
    [JsonStringEnumMemberName("timeout")]
    Timeout,

    /// <summary>It did nothing for longer than it may.</summary>
    [JsonStringEnumMemberName("idle-timeout")]
    IdleTimeout,

    /// <summary>The memory limit was crossed.</summary>
    [JsonStringEnumMemberName("out-of-memory")]
    OutOfMemory,

    /// <summary>Another limit was crossed.</summary>
    [JsonStringEnumMemberName("limit")]
    Limit,

    /// <summary>The sandbox could not be set up; the plugin's program never ran.</summary>
    [JsonStringEnumMemberName("sandbox-failed")]
    SandboxFailed,

    /// <summary>Ended by us: the run was cancelled, or the other end of the sync failed.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}
