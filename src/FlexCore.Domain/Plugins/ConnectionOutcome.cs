using System.Text.Json.Serialization;

namespace FlexCore.Domain.Plugins;

/// <summary>What became of a plugin's connection to a destination that it was granted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionOutcome>))]
public enum ConnectionOutcome
{
    /// <summary>There was one.</summary>
    [JsonStringEnumMemberName("connected")]
    Connected,

    /// <summary>The plugin had as many open as it may.</summary>
    [JsonStringEnumMemberName("over-limit")]
    OverLimit,

    /// <summary>The name could not be resolved.</summary>
    [JsonStringEnumMemberName("not-resolved")]
    NotResolved,

    /// <summary>The name stands for an address that a name must not stand for, or for one of another kind than at the start.</summary>
    [JsonStringEnumMemberName("address-refused")]
    AddressRefused,

    /// <summary>The destination refused, or there is no way to it.</summary>
    [JsonStringEnumMemberName("unreachable")]
    Unreachable,

    /// <summary>The destination did not answer in time.</summary>
    [JsonStringEnumMemberName("timed-out")]
    TimedOut,
}
