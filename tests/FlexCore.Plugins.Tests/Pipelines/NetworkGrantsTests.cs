using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class NetworkGrantsTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Destinations_are_granted_when_they_are_asked_and_allowed_however_they_are_written()
    {
        Asks("api.example.com:443", "db.internal:5432");

        var result = await ReadAsync("grants: { fetch: { net: [\"API.example.com.:0443\", \"db.internal:5432\", \"unasked:1\"] } }");

        result.Value.Steps[0].Plugins[0].Grant.ToString().ShouldBe("net api.example.com:443, net db.internal:5432");
    }

    [Theory]
    [InlineData("api.example.com:80")]
    [InlineData("example.com:443")]
    [InlineData("www.api.example.com:443")]
    public async Task Another_port_or_host_is_not_what_was_asked(string granted)
    {
        Asks("api.example.com:443");

        (await ReadAsync($"grants: {{ fetch: {{ net: [\"{granted}\"] }} }}")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.GrantMissing);
    }

    [Fact]
    public async Task Missing_destinations_are_in_the_block_to_paste_and_the_block_is_enough()
    {
        Asks("api.example.com:443", "${input.host}:5432");
        const string Input = "{ host: db.internal }";

        var error = (await ReadAsync("", Input)).Errors.ShouldHaveSingleItem();

        error.Message.ShouldBe("plugin fetch asks for what nobody has granted: net api.example.com:443, net db.internal:5432");
        var block = error.Remedy.Split('\n', 2)[1];
        block.ShouldBe("grants:\n  fetch: { net: [\"api.example.com:443\", \"db.internal:5432\"] }");
        (await ReadAsync(block, Input)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Step_narrows_the_network_and_never_widens_it()
    {
        Asks("a:1", "b:2");

        (await ReadAsync("grants: { fetch: { net: [\"a:1\", \"b:2\", \"c:3\"] } }", more: ", grants: { net: [\"b:2\", \"c:3\"] }")).Value.Steps[0].Plugins[0].Grant.Net.ShouldBe(["b:2"]);
    }

    [Theory]
    [InlineData("${input.host}:${input.port}", "{ host: db.internal, port: 5432 }", "db.internal:5432")]
    [InlineData("${input.place}", "{ place: \"db.internal:5432\" }", "db.internal:5432")]
    [InlineData("${input.places}", "{ places: [\"a:1\", \"b:2\", \"a:1\"] }", "a:1 b:2")]
    [InlineData("${input.host}.example.com:443", "{ host: eu }", "eu.example.com:443")]
    [InlineData("${input.host}:443", "{}", "")]
    [InlineData("${input.host}:443", "{ host: null }", "")]
    [InlineData("${input.host}:${input.door}", "{ host: db.internal }", "db.internal:5432")]
    public async Task Destination_may_come_from_the_settings(string asked, string input, string expected)
    {
        Asks(asked);

        (await ReadAsync("", input, grantAll: true)).Value.Steps[0].Plugins[0].Grant.Net.ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("${input.host}:443", "{ host: \"*\" }", "FX1012@5:43")]
    [InlineData("${input.host}:443", "{ host: \"a:1\" }", "FX1012@5:43")]
    [InlineData("${input.host}:443", "{ host: [a, b] }", "FX1012@5:43")]
    [InlineData("${input.host}:443", "{ host: \"$${input.host}\" }", "FX1012@5:43")]
    [InlineData("${input.place}", "{ place: 5 }", "FX1012@5:44")]
    [InlineData("${input.places}", "{ places: [\"a:1\", 5] }", "FX1012@5:45")]
    [InlineData("${config.host}:443", "{ host: a }", "FX1015@5:21")]
    [InlineData("${input.key}:443", "{ key: hunter2 }", "FX1015@5:21")]
    public async Task Settings_that_make_no_destination_are_refused_where_they_are_written(string asked, string input, params string[] places)
    {
        Asks(asked);

        var result = await ReadAsync("", input, grantAll: true);

        result.ShouldFailAt(places);
        result.Errors.ShouldAllBe(error => !error.Message.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_destinations_than_a_sandbox_can_have_are_refused()
    {
        Asks("${input.places}");

        (await ReadAsync("", $"{{ places: [{string.Join(", ", Enumerable.Range(1, 64).Select(port => $"\"a:{port}\""))}] }}", grantAll: true)).IsSuccess.ShouldBeTrue();
        (await ReadAsync("", $"{{ places: [{string.Join(", ", Enumerable.Range(1, 65).Select(port => $"\"a:{port}\""))}] }}", grantAll: true)).ShouldFailAt("FX1012@5:21");
    }

    [Fact]
    public void Grant_of_an_event_from_before_there_was_network_has_none() => new Grant(["/data"], [], [], Net: null).Net.ShouldBeEmpty();

    private void Asks(params string[] net)
    {
        _project.Write("plugins/fetch/fetch.schema.json", """{"properties":{"key":{"writeOnly":true},"door":{"default":5432}}}""");
        _project.Write(
            "plugins/fetch/plugin.yaml",
            $"name: fetch\nversion: 1\nkind: task\nprotocol: task\ncommand: [sh]\nconfig: fetch.schema.json\ncapabilities: {{ net: [{string.Join(", ", net.Select(item => $"\"{item}\""))}] }}\n");
    }

    private Task<Result<Domain.Pipelines.PipelineDefinition>> ReadAsync(string grants, string input = "{}", string more = "", bool grantAll = false) =>
        _project.ReadAsync($"name: p\n{(grants.Contains('\n', StringComparison.Ordinal) ? "" : "\n")}steps:\n  - id: a\n    task: {{ plugin: fetch, input: {input}{more} }}\n{grants}\n", grantAll);
}
