using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.SqlServer;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.SqlServer.Tests;

public sealed class SqlServerClientConformance : ClientConformance<SqlServerClient>
{
    private const string Nowhere = "Server=127.0.0.1,1;User ID=sa;Password=canary;Connect Timeout=1";

    private readonly string _application = $"{Guid.NewGuid():N}";

    protected override string Section => "SqlServer";

    protected override string Metric => "sqlserver_query_duration_seconds";

    protected override string? NoServer => RealServer.Absence;

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Connection"] = $"{RealServer.Connection ?? Nowhere};Application Name={_application}" };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Connection"] = Nowhere };

    protected override (string Key, string Value) Mistake => ("Connection", "Server=db;Prot=1433");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreSqlServer(configuration, name);

    protected override async Task AskAsync(SqlServerClient client, CancellationToken cancellationToken) => await client.ScalarAsync<int>(new SqlStatement("SELECT 1") { MayRepeat = true }, cancellationToken);

    protected override async Task<int> ConnectionsAsync()
    {
        await using var other = new SqlServerClient("other", new SqlServerOptions { Connection = RealServer.Connection! }, NullLoggerFactory.Instance, TimeProvider.System);
        return await other.ScalarAsync<int>(new SqlStatement("SELECT COUNT(*) FROM sys.dm_exec_sessions WHERE program_name = @p1", _application), Token);
    }
}
