using FlexCore.Infrastructure.SqlServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.SqlServer;

/// <summary>These tests run without cultures, as the product does; those of the client itself are in FlexCore.SqlServer.Tests.</summary>
public sealed class SqlServerOptionsTests
{
    [Fact]
    public void Program_without_cultures_is_told_at_its_start_what_to_do()
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:SqlServer:Connection"] = "Server=127.0.0.1;User ID=sa;Password=canary" };
        using var program = new ServiceCollection().AddFlexCoreSqlServer(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();

        var told = Should.Throw<OptionsValidationException>(() => program.GetRequiredService<SqlServerClient>()).Failures.ShouldHaveSingleItem();

        told.ShouldStartWith("FlexCore:SqlServer:Connection: ");
        told.ShouldContain("Set InvariantGlobalization to false in the project");
    }
}
