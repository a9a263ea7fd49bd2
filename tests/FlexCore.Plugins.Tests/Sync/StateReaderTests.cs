using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Execution;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Sync;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class StateReaderTests
{
    private const int Limit = 256 * 1024;

    [Fact]
    public async Task Line_that_is_an_object_is_a_STATE_and_anything_else_is_a_log_line()
    {
        var heard = await ReadAsync("""
            {"bookmarks":{"id":1}}
            loaded 5 rows
            {"type":"STATE","value":{"bookmarks":{"id":2}}}
            [1]

            {"type":"STATE"}
            {"a":1,"a":2}
            {"a":"\ud800"}
            """);

        heard.States.ShouldBe(["""{"bookmarks":{"id":1}}""", """{"bookmarks":{"id":2}}""", """{"type":"STATE"}"""]);
        heard.Lines.ShouldBe(["loaded 5 rows", "[1]", """{"a":1,"a":2}""", """{"a":"\ud800"}"""]);
    }

    [Fact]
    public async Task Line_over_the_limit_is_said_to_be_lost_and_the_next_one_is_read()
    {
        var heard = await ReadAsync($$"""{"a":"{{new string('x', Limit)}}"}""" + "\n{\"a\":1}\n");

        heard.States.ShouldBe(["""{"a":1}"""]);
        heard.Lines.ShouldHaveSingleItem().ShouldContain("longer than 262144 bytes");
    }

    [Fact]
    public async Task Line_as_long_as_allowed_is_read() => (await ReadAsync($$"""{"a":"{{new string('x', Limit - 20)}}"}""" + "\n")).States.Count.ShouldBe(1);

    private static async Task<(List<string> States, List<string> Lines)> ReadAsync(string text)
    {
        var (input, output) = SandboxPipe.Create();
        var states = new List<string>();
        var log = new Warned();
        var reader = new StateReader(
            output, Limit, new PluginLog("load", "target", SecretMask.None, log, log, TimeProvider.System), state => states.Add(JsonSerializer.Serialize(state)));
        var reading = reader.RunAsync();
        await input.WriteAsync(Encoding.UTF8.GetBytes(text));
        input.Complete();
        await reading;
        return (states, log.Lines);
    }
}
