using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using FlexCore.Sdk.Settings;

namespace FlexCore.Connectors.Postgres;

/// <summary>How a connection is protected.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PostgresTls>))]
internal enum PostgresTls
{
    /// <summary>Never encrypted.</summary>
    [JsonStringEnumMemberName("disable")]
    Disable,

    /// <summary>Encrypted where the server can.</summary>
    [JsonStringEnumMemberName("prefer")]
    Prefer,

    /// <summary>Encrypted; whose certificate it is, is not looked at.</summary>
    [JsonStringEnumMemberName("require")]
    Require,

    /// <summary>Encrypted, and the certificate must be the host's.</summary>
    [JsonStringEnumMemberName("verify-full")]
    VerifyFull,
}

/// <summary>What a tap does with values that JSON has no number or time for: NaN, infinity.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NonFinite>))]
internal enum NonFinite
{
    /// <summary>The sync fails, and names the column.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,

    /// <summary>They become null.</summary>
    [JsonStringEnumMemberName("null")]
    Null,

    /// <summary>They become text, which the schema then allows.</summary>
    [JsonStringEnumMemberName("text")]
    Text,
}

/// <summary>What a target does with the character NUL, which PostgreSQL keeps in no text.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NulText>))]
internal enum NulText
{
    /// <summary>The sync fails, and names the field.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,

    /// <summary>It becomes U+FFFD, the replacement character.</summary>
    [JsonStringEnumMemberName("replace")]
    Replace,
}

/// <summary>Where a server is, and who asks.</summary>
internal interface IPostgresConnection
{
    string Host { get; }

    int Port { get; }

    string Database { get; }

    string User { get; }

    string? Password { get; }

    PostgresTls Tls { get; }

    string? RootCertificate { get; }
}

/// <summary>Settings of <c>tap-postgres</c>.</summary>
internal sealed record PostgresTapSettings(
    [property: Description("The server's name or IPv4 address")] string Host,
    [property: Description("The database")] string Database,
    [property: Description("The role")] string User,
    [property: Description("Its password"), Secret] string? Password = null,
    [property: Description("The server's port"), Range(1, 65535)] int Port = 5432,
    [property: Description("How the connection is protected")] PostgresTls Tls = PostgresTls.Prefer,
    [property: Description("A file with the certificates of those who may have signed the server's")] string? RootCertificate = null,
    [property: Description("Schemas whose tables are read; without it all but the system's. A table of `public` is a stream TABLE, others are SCHEMA.TABLE")] IReadOnlyList<string>? Schemas = null,
    [property: Description("By stream, the column that grows: such streams are read incrementally, from the last value on")] IReadOnlyDictionary<string, string>? ReplicationKeys = null,
    [property: Description("What happens to NaN and infinity")] NonFinite NonFinite = NonFinite.Fail) : IPostgresConnection;

/// <summary>Settings of <c>target-postgres</c>.</summary>
internal sealed record PostgresTargetSettings(
    [property: Description("The server's name or IPv4 address")] string Host,
    [property: Description("The database")] string Database,
    [property: Description("The role")] string User,
    [property: Description("Its password"), Secret] string? Password = null,
    [property: Description("The server's port"), Range(1, 65535)] int Port = 5432,
    [property: Description("How the connection is protected")] PostgresTls Tls = PostgresTls.Prefer,
    [property: Description("A file with the certificates of those who may have signed the server's")] string? RootCertificate = null,
    [property: Description("The schema whose tables are written; made when it is missing. A stream SCHEMA.TABLE becomes SCHEMA_TABLE")] string Schema = "public",
    [property: Description("After so many seconds at most a batch is committed, and its STATE given back"), Range(1, 3600)] int BatchSeconds = 10,
    [property: Description("What happens to the character NUL (U+0000), which PostgreSQL cannot keep: `replace` makes it U+FFFD")] NulText Nul = NulText.Fail) : IPostgresConnection;
