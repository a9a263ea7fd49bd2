using System.Text.Json.Serialization;

namespace FlexCore.Domain.Access;

/// <summary>What somebody may be allowed to do.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Permission>))]
public enum Permission
{
    /// <summary>See pipelines, runs and plugins, and what they say.</summary>
    [JsonStringEnumMemberName("look")]
    Look,

    /// <summary>Start, stop and repeat runs; change pipelines, states and dead letters.</summary>
    [JsonStringEnumMemberName("operate")]
    Operate,

    /// <summary>Register plugins, grant capabilities, set secrets, erase.</summary>
    [JsonStringEnumMemberName("administer")]
    Administer,

    /// <summary>Read and verify the event log.</summary>
    [JsonStringEnumMemberName("audit")]
    Audit,
}
