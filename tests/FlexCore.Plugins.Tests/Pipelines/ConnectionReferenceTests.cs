using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>What pipelines refer to as <c>${connection.NAME.FIELD}</c>.</summary>
public sealed class ConnectionReferenceTests : IDisposable
{
    private const string Shop = """{"host":"db","port":5432,"tls":{"verify":true},"password":"${secret.shop}","url":"https://me:${secret.shop}@db/$${secret.shop}/${vars.v}","list":[1,"${secret.shop}"],"none":null}""";

    private readonly Project _project = new();

    public ConnectionReferenceTests()
    {
        _project.Connections["shop"] = Shop;
        _project.Secrets["shop"] = "canary value";
    }

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("${connection.shop.host}", "\"db\"")]
    [InlineData("${connection.shop.port}", "5432")]
    [InlineData("${connection.shop.tls}", """{"verify":true}""")]
    [InlineData("${connection.shop.tls.verify}", "true")]
    [InlineData("${connection.shop.none}", "null")]
    [InlineData("${connection.shop.host}:${connection.shop.port}/${vars.v}", "\"db:5432/1\"")]
    [InlineData("$${connection.shop.host}", "\"${connection.shop.host}\"")]
    public async Task Field_stands_for_its_value_with_its_type(string written, string json) => (await ReadAsync(written)).Settings.GetProperty("x").GetRawText().ShouldBe(json);

    [Theory]
    [InlineData("${connection.shop.password}", "${secret.shop}")]
    [InlineData("a ${connection.shop.password} b", "a ${secret.shop} b")]
    [InlineData("${connection.shop.url}", "https://me:${secret.shop}@db/$${secret.shop}/${vars.v}")]
    public async Task Secret_of_a_connection_is_one_of_the_step_and_completed_with_it(string written, string text)
    {
        var use = await ReadAsync(written);

        var late = use.LateTexts.ShouldHaveSingleItem();
        late.Path.ShouldBe(["x"]);
        late.Secrets.ShouldBe(["shop"]);
        string.Concat(late.Parts).ShouldBe(text);
        use.Settings.GetRawText().ShouldNotContain("canary");
    }

    [Fact]
    public async Task Secrets_within_lists_and_objects_of_a_connection_are_found() => (await ReadAsync("${connection.shop.list}")).LateTexts.ShouldHaveSingleItem().Path.ShouldBe(["x", "1"]);

    [Theory]
    [InlineData("${connection.nobody.host}", "there is no connection 'nobody' in the catalog")]
    [InlineData("${connection.Shop.host}", "there is no connection 'Shop' in the catalog")]
    [InlineData("${connection.shop.hots}", "connection shop has host, port, tls, password, url, list, none")]
    [InlineData("${connection.shop.host.x}", "names no field")]
    [InlineData("${connection.shop}", "names no field")]
    public async Task Connection_or_field_that_is_not_there_is_refused_where_it_is_written(string written, string said)
    {
        var read = await _project.ReadAsync(Pipeline(written));

        read.ShouldFailAt("FX1015@5:41");
        read.Errors[0].Message.ShouldContain(said);
    }

    [Fact]
    public async Task Secret_that_is_missing_is_refused_where_its_connection_is_written()
    {
        _project.Secrets.Clear();

        (await _project.ReadAsync(Pipeline("${connection.shop.password}"))).ShouldFailAt("FX1019@5:41");
    }

    [Fact]
    public async Task Connection_has_no_place_where_its_value_would_be_seen() =>
        (await _project.ReadAsync("name: p\nsteps:\n  - id: a\n    task: { plugin: report, args: [\"${connection.shop.password}\"] }\n")).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.SecretMisplaced);

    [Fact]
    public async Task Record_has_the_reference_so_that_a_node_reads_the_connection_as_it_is_then()
    {
        var read = (await _project.ReadAsync(Pipeline("${connection.shop.host}"))).Value;
        read.Document.GetRawText().ShouldContain("${connection.shop.host}");
        _project.Connections["shop"] = """{"host":"other"}""";

        (await _project.ReadRecordedAsync(read)).Value.Steps[0].Plugins[0].Settings.GetProperty("x").GetString().ShouldBe("other");
    }

    private static string Pipeline(string written) => $"name: p\nvars: {{ v: 1 }}\nsteps:\n  - id: a\n    task: {{ plugin: report, input: {{ x: \"{written}\" }} }}\n";

    private async Task<PluginUse> ReadAsync(string written) => (await _project.ReadAsync(Pipeline(written))).Value.Steps[0].Plugins[0];
}
