using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.SqlServer;
using FlexCore.Infrastructure.Tests.Persistence;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.SqlServer.Tests;

/// <summary>Entities in a SQL Server that <c>FLEXCORE_TEST_SQLSERVER</c> names.</summary>
public sealed class SqlServerEntityStoreConformance : EntityStoreConformance
{
    private readonly string _table = $"flexcore_{Guid.NewGuid():n}";
    private SqlServerClient? _client;

    public override ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RealServer.Absence is not null, RealServer.Absence ?? "");
        _client = new SqlServerClient("sqlserver", new SqlServerOptions { Connection = RealServer.Connection! }, NullLoggerFactory.Instance, TimeProvider.System);
        return base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.ExecuteAsync(new Infrastructure.Clients.SqlStatement($"DROP TABLE IF EXISTS {_table}"), Token);
            await _client.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    private protected override IEntityStore Open() => new SqlServerEntityStore(_client!, _table);
}
