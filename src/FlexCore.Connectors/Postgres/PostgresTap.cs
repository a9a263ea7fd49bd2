using FlexCore.Sdk;
using FlexCore.Sdk.Taps;

namespace FlexCore.Connectors.Postgres;

/// <summary>Reads the tables of a database, in full or from the last value of a column on.</summary>
internal static class PostgresTap
{
    public const string Name = "tap-postgres";

    public static IPlugin Create() => new Tap<PostgresTapSettings>(
        new PluginDeclaration(Name, BuiltIn.Version, "Reads the tables of a PostgreSQL database, in full or what is new in them", ConnectorsJson.Default.PostgresTapSettings)
        {
            Read = ["${config.root_certificate}"],
            Net = ["${config.host}:${config.port}"],
        },
        async (settings, cancellationToken) => new PostgresSource(settings, await PostgresServer.OpenAsync(settings, Name, cancellationToken).ConfigureAwait(false)));
}
