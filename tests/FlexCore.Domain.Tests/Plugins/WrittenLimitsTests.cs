using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Tests.Plugins;

public sealed class WrittenLimitsTests
{
    private static readonly WrittenLimits All = Write(
        "memory: 64MiB", "processes: 8", "files: 32", "tmp: 1MiB", "line: 1KiB", "stdout: 2KiB", "stderr: 3KiB", "disk: 4KiB", "cpu: 0.5", "time: 1h", "idle: 1m", "grace: 1s");

    private static readonly PluginLimits Written = new()
    {
        MemoryBytes = 64 << 20,
        Processes = 8,
        OpenFiles = 32,
        TmpBytes = 1 << 20,
        LineBytes = 1 << 10,
        StdoutBytes = 2 << 10,
        StderrBytes = 3 << 10,
        DiskBytes = 4 << 10,
        Cpus = 0.5,
        Time = TimeSpan.FromHours(1),
        Idle = TimeSpan.FromMinutes(1),
        Grace = TimeSpan.FromSeconds(1),
    };

    [Fact]
    public void Author_who_writes_nothing_gets_what_is_usual() => default(WrittenLimits).Over(new PluginLimits()).ShouldBe(new PluginLimits());

    [Fact]
    public void Author_gets_every_limit_that_was_written() => All.Over(new PluginLimits()).ShouldBe(Written);

    [Fact]
    public void Limits_above_those_of_the_operator_are_lowered_and_open_ones_are_set()
    {
        All.Lower(Write("memory: 1GiB", "processes: 1000", "files: 1000", "tmp: 1GiB", "line: 1GiB", "stderr: 1GiB", "grace: 1h").Over(new PluginLimits())).ShouldBe(Written);
        All.Lower(Write("stdout: 1GiB", "disk: 1GiB", "cpu: 4", "time: 24h", "idle: 24h").Over(new PluginLimits())).ShouldBe(Written);
    }

    [Fact]
    public void Limits_below_those_of_the_operator_stay()
    {
        PluginLimits small = Write(
            "memory: 4MiB", "processes: 1", "files: 16", "tmp: 1", "line: 1", "stdout: 1", "stderr: 1", "disk: 1", "cpu: 0.1", "time: 1s", "idle: 1s", "grace: 1ms").Over(new PluginLimits());

        All.Lower(small).ShouldBe(small);
        default(WrittenLimits).Lower(small).ShouldBe(small);
    }

    [Theory]
    [InlineData("memory", "3MiB")]
    [InlineData("processes", "0")]
    [InlineData("files", "15")]
    [InlineData("line", "2GiB")]
    [InlineData("cpu", "0")]
    [InlineData("time", "1")]
    [InlineData("disk", "")]
    [InlineData("colour", "red")]
    public void Value_of_another_form_or_key_is_none(string key, string value) => default(WrittenLimits).With(key, value).ShouldBeNull();

    [Fact]
    public void Every_key_has_its_limit_and_says_how_it_is_written()
    {
        WrittenLimits.Names.Count.ShouldBe(typeof(PluginLimits).GetProperties().Length);
        WrittenLimits.Names.ShouldAllBe(name => WrittenLimits.RuleOf(name) != null);
    }

    private static WrittenLimits Write(params string[] lines) => lines.Select(line => line.Split(": ")).Aggregate(default(WrittenLimits), (all, line) => all.With(line[0], line[1])!.Value);
}
