namespace FlexCore.Plugins.Tests.Transforms;

public sealed class MapReaderTests
{
    [Theory]
    [InlineData("rename: { a: b }", "FX1011@1:1")]
    [InlineData("stream: s", "FX1012@1:1")]
    [InlineData("stream: s\nrename: {}", "FX1012@1:1")]
    [InlineData("stream: s\nfold: true", "FX1010@2:1")]
    [InlineData("stream: s\nrename: { a: c, b: c }", "FX1012@2:20")]
    [InlineData("stream: s\nrename: [a]", "FX1012@2:9")]
    [InlineData("stream: s\ncast: { a: date }", "FX1012@2:12")]
    [InlineData("stream: s\nwhere: a >", "FX1012@2:8")]
    [InlineData("stream: s\nwhere: a + 1", "FX1012@2:8")]
    [InlineData("stream: s\nwhere: a > 'x' and b = 1 = 2", "FX1012@2:8")]
    [InlineData("stream: s\nderive: { a: \"nosuch(b)\" }", "FX1012@2:14")]
    [InlineData("stream: s\nmask: { a: rot13, b: { keep-last: -1 } }", "FX1012@2:12", "FX1012@2:22")]
    [InlineData("stream: s\nselect: [a, a]\ndrop: [a]", "FX1012@2:13", "FX1012@3:8")]
    [InlineData("stream: s\nflatten: { depth: 0 }", "FX1012@2:19")]
    [InlineData("stream: s\nflatten: { separator: '' }", "FX1012@2:23")]
    [InlineData("stream: s\nflatten: { separator: 12345678901234567 }", "FX1012@2:23")]
    [InlineData("stream: s\nflatten: { deep: 1 }", "FX1010@2:12")]
    [InlineData("stream: s\nwhere: null", "FX1012@1:1")]
    [InlineData("stream: s\nmask: { a: }", "FX1012@2:12")]
    [InlineData("stream: s\nwhere: [a]", "FX1012@2:8")]
    [InlineData("stream: ''\ndrop: [a]", "FX1012@1:9")]
    [InlineData("stream: s\nrename: { a: null, b: '' }", "FX1012@2:14", "FX1012@2:23")]
    [InlineData("stream: s\nrename: { '': b }", "FX1012@2:11")]
    [InlineData("stream: s\nderive: { a: null }", "FX1012@2:14")]
    [InlineData("stream: s\nderive: { a: [1] }", "FX1012@2:14")]
    [InlineData("stream: s\nmask: { a: { keep-last: x }, b: { keep-first: 1 }, c: [hmac] }", "FX1012@2:12", "FX1012@2:33", "FX1012@2:55")]
    [InlineData("stream: s\nselect: []\ndrop: a", "FX1012@2:9", "FX1012@3:7")]
    [InlineData("stream: s\nflatten: deep", "FX1012@2:10")]
    public void Every_mistake_is_told_at_its_place(string yaml, params string[] places)
    {
        var (_, errors) = TestMap.Read(yaml);

        errors.Select(error => $"{error.Code.Id}@{error.Location!.Line}:{error.Location.Column}").ShouldBe(places, ignoreOrder: true);
        errors.ShouldAllBe(error => error.Message.Length > 0);
    }

    [Fact]
    public void Map_with_everything_is_read()
    {
        var (map, errors) = TestMap.Read("{ stream: 'a*', flatten: true, rename: { a: b }, cast: { c: boolean }, derive: { d: \"1\" }, where: \"a is null\", mask: { e: null, f: hmac, g: { keep-last: 4 } }, select: [b, c, d], drop: [h] }");

        errors.ShouldBeEmpty();
        (map!.Flatten!.Separator, map.Flatten.Depth, map.Mask["g"].Keep, map.Derive[0].Key, map.Where).ShouldBe(("__", 10, 4, "d", "a is null"));
    }
}
