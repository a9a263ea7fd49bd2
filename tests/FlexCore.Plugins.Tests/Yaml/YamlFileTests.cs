using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Tests.Yaml;

public sealed class YamlFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-yaml-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Values_know_their_line_and_column()
    {
        var root = Read("name: orders\nsteps:\n  - id: load\n").Value;

        root.Entries.Select(entry => (entry.Key, entry.KeyAt.Line, entry.KeyAt.Column, entry.Value.At.Line, entry.Value.At.Column))
            .ShouldBe([("name", 1L, 1L, 1L, 7L), ("steps", 2L, 1L, 3L, 3L)]);
        root.At.File.ShouldBe("p.yaml");
    }

    [Theory]
    [InlineData("a: 1\nb: [1, 2\n", "FX1004@3:1")]
    [InlineData("a: 1\n  b: 2\n", "FX1004@2:4")]
    [InlineData("a: 1\n\tb: 2\n", "FX1004@1:4")]
    [InlineData("- : ", "FX1004@2:1")]
    [InlineData("a: [x: y\nb: z", "FX1004@1:6")]
    [InlineData("a: \"open\n", "FX1004@1:4")]
    [InlineData("a: 1\nb: 2\na: 3\n", "FX1013@3:1")]
    [InlineData("a: { b: 1, b: 2 }", "FX1013@1:12")]
    [InlineData("a: !!python/object:os.system x", "FX1004@1:4")]
    [InlineData("a: !mine x", "FX1004@1:4")]
    [InlineData("a: *nobody", "FX1004@1:4")]
    [InlineData("? [1, 2]\n: x", "FX1004@1:3")]
    [InlineData("? { a: 1 }\n: x", "FX1004@1:3")]
    [InlineData("a: 1\n---\nb: 2\n", "FX1004@2:1")]
    [InlineData("- a\n- b\n", "FX1004@1:1")]
    [InlineData("just text", "FX1004@1:1")]
    [InlineData("a: \"x\\0y\"", "FX1004@1:4")]
    public void Text_that_is_not_one_plain_mapping_is_refused_where_it_goes_wrong(string text, string place) => Read(text).ShouldFailAt(place);

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# only a comment\n")]
    [InlineData("\ufeff")]
    public void Empty_file_is_refused(string text) => Read(text).Errors.ShouldHaveSingleItem().Message.ShouldContain("empty");

    [Theory]
    [InlineData("\ufeffa: 1\nb: 2\n")]
    [InlineData("a: 1\r\nb: 2\r\n")]
    [InlineData("---\na: 1\nb: 2\n...\n")]
    [InlineData("{ a: 1, b: 2 }")]
    [InlineData("{\"a\": 1, \"b\": 2}")]
    public void Byte_order_mark_line_ends_and_flow_style_make_no_difference(string text) =>
        Read(text).Value.ToJson(scalar => scalar.ToJson()).ToJsonString().ShouldBe("""{"a":1,"b":2}""");

    [Fact]
    public void Raw_NUL_is_refused() => Read("a: x\0y\n").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.YamlInvalid);

    [Fact]
    public void Anchors_stand_for_what_they_name() =>
        Read("a: &x { k: 1 }\nb: *x\n").Value.ToJson(scalar => scalar.ToJson()).ToJsonString().ShouldBe("""{"a":{"k":1},"b":{"k":1}}""");

    [Fact]
    public void Alias_bomb_is_refused_before_it_expands()
    {
        var bomb = new StringBuilder("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 30; level++) bomb.Append($"l{level}: &l{level} [{string.Join(", ", Enumerable.Repeat($"*l{level - 1}", 10))}]\n");

        Read(bomb.ToString()).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.YamlTooComplex);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Depth_of_10000_is_refused(string opening) =>
        Read("a:\n  " + string.Concat(Enumerable.Repeat(opening, 10_000))).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.YamlTooComplex);

    [Fact]
    public void Depth_of_60_is_read() => Read("a: " + new string('[', 60) + new string(']', 60)).IsSuccess.ShouldBeTrue();

    [Fact]
    public void More_than_100000_values_are_refused() =>
        Read("a: [" + string.Join(',', Enumerable.Repeat("1", 100_001)) + "]").Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.YamlTooComplex);

    [Fact]
    public void Error_does_not_carry_control_characters_of_the_file()
    {
        var errors = new[] { Read("\"\\e[2J\": 1\n\"\\e[2J\": 2\n"), Read("a: !\u001bx y"), Read("a: *\u001b[2J") }.SelectMany(result => result.Errors).ToList();

        errors.Count.ShouldBe(3);
        errors.ShouldAllBe(error => !error.ToString().Contains('\u001b'));
    }

    [Fact]
    public void Invalid_UTF8_is_refused() => Read([.. "a: "u8, 0xC3, 0x28]).ShouldFailAt("FX1004");

    [Fact]
    public void File_of_more_than_1_MiB_is_refused()
    {
        Read([.. "a: "u8, .. Enumerable.Repeat((byte)'x', (1 << 20) - 3)]).IsSuccess.ShouldBeTrue();
        Read([.. "a: "u8, .. Enumerable.Repeat((byte)'x', (1 << 20) - 2)]).ShouldFailAt("FX1003");
    }

    [Fact]
    public void File_that_cannot_be_read_is_named_with_the_reason()
    {
        YamlFile.Read(Path.Combine(_folder, "none.yaml"), "none.yaml").Errors.ShouldHaveSingleItem().Message.ShouldBe("none.yaml cannot be read: it does not exist");
        YamlFile.Read(_folder, "folder").Errors.ShouldHaveSingleItem().Message.ShouldBe("folder cannot be read: it is a folder, or permission is denied");
        YamlFile.Read("", "nothing").ShouldFailAt("FX1002");
    }

    [Fact]
    public void Pipe_is_not_a_file_to_read()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();

        YamlFile.Read($"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}", "pipe").Errors.ShouldHaveSingleItem()
            .Message.ShouldBe("pipe cannot be read: it is not a regular file");
    }

    private Result<YamlMap> Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private Result<YamlMap> Read(byte[] bytes)
    {
        var path = Path.Combine(_folder, "p.yaml");
        File.WriteAllBytes(path, bytes);
        return YamlFile.Read(path, "p.yaml");
    }
}
