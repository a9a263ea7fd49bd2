using FlexCore.Sdk;
using FlexCore.Sdk.Targets;

namespace FlexCore.Connectors.Postgres;

/// <summary>Writes each record stream into a table of its own.</summary>
internal static class PostgresTarget
{
    public const string Name = "target-postgres";

    public static IPlugin Create() => new Target<PostgresTargetSettings>(
        new PluginDeclaration(Name, BuiltIn.Version, "Writes each record stream into a PostgreSQL table: new rows and changed ones by their keys, or a full table in the place of the old one", ConnectorsJson.Default.PostgresTargetSettings)
        {
            Read = ["${config.root_certificate}"],
            Net = ["${config.host}:${config.port}"],
        },
        async (settings, cancellationToken) => new PostgresSession(settings, await PostgresServer.OpenAsync(settings, Name, cancellationToken).ConfigureAwait(false)));
}
