using FlexCore.Application.Settings;
using FlexCore.Infrastructure.Observability;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Observability;

public sealed class ProcessLogTests
{
    [Fact]
    public void Level_holds_from_the_moment_that_it_changes()
    {
        var level = LogSeverity.Warning;
        using var log = ProcessLog.Open(LogSettings.Usual, () => level, collector: null);
        var logger = log.CreateLogger("FlexCore.Node");

        (logger.IsEnabled(LogLevel.Information), logger.IsEnabled(LogLevel.Warning)).ShouldBe((false, true));
        level = LogSeverity.Debug;
        logger.IsEnabled(LogLevel.Debug).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Routing", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Routing", LogLevel.Warning, true)]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Critical, false)]
    public void Framework_says_only_what_is_wrong_and_nothing_of_addresses_as_they_were_written(string category, LogLevel level, bool isSaid)
    {
        using var log = ProcessLog.Open(LogSettings.Usual, () => LogSeverity.Debug, collector: null);

        log.CreateLogger(category).IsEnabled(level).ShouldBe(isSaid);
    }
}
