using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.BuiltIn;

namespace FlexCore.Plugins.Tests.BuiltIn;

/// <summary>What a <c>json</c> step makes of its input, from the pipeline file on.</summary>
public sealed class JsonStepTests : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Values_are_selected_filtered_and_reshaped()
    {
        var left = await RunAsync("""
            input: { data: [{ id: 1, who: { name: Ann }, total: 5 }, { id: 2, who: { name: Bob }, total: 50 }, { id: 3, total: 500.10 }] }
            select: /data
            where: total > 10
            reshape: { key: /id, name: /who/name, source: shop, path: { value: /id }, list: [/total, 1] }
            """);

        left.ShouldBe("""{"count":2,"first":{"key":2,"name":"Bob","source":"shop","path":"/id","list":[50,1]},"items":[{"key":2,"name":"Bob","source":"shop","path":"/id","list":[50,1]},{"key":3,"name":null,"source":"shop","path":"/id","list":[500.10,1]}],"left_out":1}""");
    }

    [Fact]
    public async Task File_with_a_value_on_each_line_becomes_another_one()
    {
        _project.Write("in.jsonl", "{\"a\": 1}\r\n\n{ \"a\": 2 }");

        (await RunAsync("file: ./in.jsonl\nsave: ./out/all.jsonl")).ShouldBe("""{"count":2,"first":{"a":1},"left_out":0}""");
        (await RunAsync("file: ./in.jsonl\nsave: ./out/all.json")).ShouldBe("""{"count":2,"first":{"a":1},"left_out":0}""");

        File.ReadAllText(_project.PathOf("out/all.jsonl")).ShouldBe("{\"a\":1}\n{\"a\":2}\n");
        File.ReadAllText(_project.PathOf("out/all.json")).ShouldBe("[\n{\"a\":1},\n{\"a\":2}\n]\n");
        Directory.GetFiles(_project.PathOf("out")).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("{\"a\": 1}\n{\"a\": \"x\"}", "in.jsonl, line 2: /a must be a whole number")]
    [InlineData("{\"a\": 1}\n{\"a\": 1", "in.jsonl, line 2:  is not valid JSON")]
    [InlineData("{\"a\": 1}\n{\"a\": 1, \"a\": 2}", "in.jsonl, line 2: ")]
    [InlineData("{\"b\": 1}", "in.jsonl, line 1: ")]
    public async Task Value_that_does_not_fit_the_schema_is_named_and_nothing_is_written(string lines, string message)
    {
        _project.Write("in.jsonl", lines);
        _project.Write("schema.json", """{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}""");
        _project.Write("out.jsonl", "before");

        var failure = await Should.ThrowAsync<FlexCoreException>(() => RunAsync("file: ./in.jsonl\nschema: ./schema.json\nsave: ./out.jsonl"));

        failure.Error.Code.ShouldBe(ErrorCodes.StepDataInvalid);
        failure.Error.Message.ShouldContain(message);
        File.ReadAllText(_project.PathOf("out.jsonl")).ShouldBe("before");
        Directory.GetFiles(_project.Folder, "*.part").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("file: ./gone.json", "does not exist")]
    [InlineData("input: { a: 1 }\nselect: /b", "has nothing at /b")]
    [InlineData("input: [1]\nwhere: a > 1", "no object")]
    [InlineData("input: [{ a: x }]\nwhere: a > 1", "`where` has no answer")]
    [InlineData("file: ./link.json", "goes through the symbolic link")]
    [InlineData("input: 1\nsave: ./linked/out.json", "goes through the symbolic link")]
    public async Task Input_that_cannot_be_worked_on_is_told(string settings, string message)
    {
        File.CreateSymbolicLink(_project.PathOf("link.json"), "/etc/passwd");
        Directory.CreateSymbolicLink(_project.PathOf("linked"), Path.GetTempPath());

        (await Should.ThrowAsync<FlexCoreException>(() => RunAsync(settings))).Error.Message.ShouldContain(message);
    }

    [Fact]
    public async Task Link_that_a_plugin_puts_in_the_place_of_the_file_is_replaced_and_not_followed()
    {
        var outside = _project.Write("outside.txt", "kept");
        File.CreateSymbolicLink(_project.PathOf("out.json"), outside);

        await RunAsync("input: 1\nsave: ./out.json");

        File.ReadAllText(outside).ShouldBe("kept");
        File.ReadAllText(_project.PathOf("out.json")).ShouldBe("[\n1\n]\n");
    }

    private async Task<string> RunAsync(string settings)
    {
        var yaml = $"name: p\nsteps:\n  - id: a\n    json:\n      {settings.ReplaceLineEndings("\n      ")}\n";
        if (settings.Contains("gone.json", StringComparison.Ordinal)) _project.Write("gone.json", "");
        var step = (BuiltInStep)(await _project.ReadAsync(yaml)).Value.Steps[0];
        File.Delete(_project.PathOf("gone.json"));
        var left = await new JsonStep(step.Settings.Deserialize(BuiltInJson.Default.JsonSettings)!, _ => { }).RunAsync(TestContext.Current.CancellationToken);
        return JsonElement.Parse(left.Span).ToString();
    }
}
