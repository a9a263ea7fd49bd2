using System.Text.Json.Serialization;

namespace FlexCore.Domain.Access;

/// <summary>What somebody is to a server: viewer, then operator, then admin may each do more; an auditor looks at everything and changes nothing.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Role>))]
public enum Role
{
    /// <summary>Looks.</summary>
    [JsonStringEnumMemberName("viewer")]
    Viewer,

    /// <summary>Looks, and runs pipelines.</summary>
    [JsonStringEnumMemberName("operator")]
    Operator,

    /// <summary>May do everything.</summary>
    [JsonStringEnumMemberName("admin")]
    Admin,

    /// <summary>Looks, and reads and verifies the event log.</summary>
    [JsonStringEnumMemberName("auditor")]
    Auditor,
}

/// <summary>What roles allow.</summary>
public static class RoleRules
{
    /// <summary>Whether a role allows what needs a permission.</summary>
    public static bool Allows(this Role role, Permission permission) => (role, permission) switch
    {
        (Role.Admin, _) => true,
        (_, Permission.Look) => true,
        (Role.Operator, Permission.Operate) => true,
        (Role.Auditor, Permission.Audit) => true,
        _ => false,
    };
}
