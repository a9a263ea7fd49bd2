using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.SqlServer;

/// <summary>Makes <see cref="SqlServerClient"/> available to a program.</summary>
public static class SqlServerServices
{
    /// <summary>Adds a <see cref="SqlServerClient"/> with the options of <c>FlexCore:SqlServer</c>, or of <c>FlexCore:SqlServer:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreSqlServer(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<SqlServerOptions>? configure = null) =>
        ClientRegistration.Add<SqlServerClient, SqlServerOptions>(services, configuration, "SqlServer", name, configure, (called, options, loggers, time) => new SqlServerClient(called, options, loggers, time));
}
