using FlexCore.Application.Ports;
using FlexCore.Plugins.Execution;

namespace FlexCore.Plugins.Tests.Execution;

public sealed class LogLevelsTests
{
    [Theory]
    [InlineData("ERROR something failed", LogLineLevel.Error)]
    [InlineData("2024-01-01 12:00:00 WARNING slow", LogLineLevel.Warning)]
    [InlineData("[WARN] slow", LogLineLevel.Warning)]
    [InlineData("time=12:00 level=DEBUG x", LogLineLevel.Debug)]
    [InlineData("TRACE x", LogLineLevel.Debug)]
    [InlineData("tap|CRITICAL|x", LogLineLevel.Error)]
    [InlineData("FATAL: role does not exist", LogLineLevel.Error)]
    [InlineData("NOTICE: x", LogLineLevel.Info)]
    [InlineData("an error in lower case is only a word", LogLineLevel.Info)]
    [InlineData("ERRORS are not a level", LogLineLevel.Info)]
    [InlineData("one two three four five six ERROR too late", LogLineLevel.Info)]
    [InlineData("", LogLineLevel.Info)]
    [InlineData("""{"level":"error","message":"x"}""", LogLineLevel.Error)]
    [InlineData("""{"levelname":"WARNING"}""", LogLineLevel.Warning)]
    [InlineData("""{"severity":"Debug"}""", LogLineLevel.Debug)]
    [InlineData("""{"level":"loud","severity":"fatal"}""", LogLineLevel.Error)]
    [InlineData("""{"level":50}""", LogLineLevel.Info)]
    [InlineData("""{"level":"\ud800"}""", LogLineLevel.Info)]
    [InlineData("""{"\ud800":1,"level":"warn"}""", LogLineLevel.Warning)]
    [InlineData("""{"level":"error" ERROR""", LogLineLevel.Error)]
    [InlineData("{", LogLineLevel.Info)]
    public void Level_is_what_the_line_says_of_itself(string line, LogLineLevel level) => LogLevels.Classify(line).ShouldBe(level);
}
