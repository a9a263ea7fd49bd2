using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.Tests.Json;

public sealed class JsonTapeTests
{
    private readonly JsonTape _tape = new();

    [Fact]
    public void Values_are_found_by_walking_and_by_name()
    {
        Read("""  {"a": [1, {"b": "x"}, -2.5e3], "c\u0061t": "zo\u00eb \ud83d\ude42", "n": null, "t": true, "f": false, "e": {}} """).ShouldBeNull();

        _tape.Count(JsonTape.Root).ShouldBe(6);
        var list = _tape.Find(JsonTape.Root, "a"u8);
        (_tape.Type(list), _tape.Count(list), Raw(list)).ShouldBe((JsonTokenType.StartArray, 3, """[1, {"b": "x"}, -2.5e3]"""));
        var second = _tape.After(list + 1);
        Encoding.UTF8.GetString(_tape.Text(_tape.Find(second, "b"u8))).ShouldBe("x");
        Raw(_tape.After(second)).ShouldBe("-2.5e3");
        var escaped = _tape.Find(JsonTape.Root, "cat"u8);
        (Encoding.UTF8.GetString(_tape.Text(escaped)), Raw(escaped)).ShouldBe(("zoë 🙂", """
            "zo\u00eb \ud83d\ude42"
            """));
        _tape.Type(_tape.Find(JsonTape.Root, "n"u8)).ShouldBe(JsonTokenType.Null);
        _tape.Count(_tape.Find(JsonTape.Root, "e"u8)).ShouldBe(0);
        _tape.Find(JsonTape.Root, "b"u8).ShouldBe(-1);
        _tape.Find(list, "b"u8).ShouldBe(-1);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("\ufeff{}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{'a':1}")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":\"\0\"}")]
    public void What_is_no_JSON_is_refused(string json) => Read(json).ShouldBe("is not valid JSON, or nests deeper than 256 levels");

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    public void Half_a_surrogate_pair_is_refused(string json) => Read(json).ShouldBe("holds text that is not valid Unicode");

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused() => _tape.Read(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' }).ShouldBe("is not UTF-8");

    [Theory]
    [InlineData(256, null)]
    [InlineData(257, "is not valid JSON, or nests deeper than 256 levels")]
    [InlineData(10_000, "is not valid JSON, or nests deeper than 256 levels")]
    public void Nesting_has_a_limit(int depth, string? problem) => Read(new string('[', depth) + new string(']', depth)).ShouldBe(problem);

    [Theory]
    [InlineData("""{"a":1,"b":{"c":1,"\u0063":2}}""", "has the key 'c' twice")]
    [InlineData("""{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":{"8":0},"10":0,"\u0039":0}""", "has the key '9' twice")]
    public void Key_that_is_there_twice_is_refused(string json, string problem) => Read(json).ShouldBe(problem);

    [Fact]
    public void Million_keys_are_read()
    {
        Read($"{{{string.Join(',', Enumerable.Range(0, 1_000_000).Select(key => $"\"k{key}\":{key}"))}}}").ShouldBeNull();

        _tape.Count(JsonTape.Root).ShouldBe(1_000_000);
    }

    [Fact]
    public void Reading_again_allocates_nothing()
    {
        var json = Encoding.UTF8.GetBytes("""{"a":[1,2,{"b":"z\u00eb"}],"c":1,"d":2,"e":3,"f":4,"g":5,"h":6,"i":7,"j":8,"k":9}""");
        _tape.Read(json);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _tape.Read(json);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private string? Read(string json) => _tape.Read(Encoding.UTF8.GetBytes(json));

    private string Raw(int index) => Encoding.UTF8.GetString(_tape.Raw(index));
}
