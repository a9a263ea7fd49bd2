using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Application.Settings;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tests.Transforms;
using FlexCore.Testing;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Whatever a plugin writes, a flow ends with a verdict, passes whole lines only, and can account for every record.</summary>
public sealed class FlowFuzz
{
    private const long Limit = 2000;

    private static readonly string Good =
        """
        {"type": "SCHEMA", "stream": "s", "schema": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string", "pattern": "^[a-z]+$"}}, "required": ["id"]}, "key_properties": ["id"]}
        {"type": "RECORD", "stream": "s", "record": {"id": 1, "name": "one"}, "time_extracted": "2026-01-01T00:00:00Z"}
        {"type": "RECORD", "stream": "s", "record": {"id": -2, "name": "Zo\u00eb \ud83d\ude42"}}
        {"type": "STATE", "value": {"last": 2}}
        {"record": {"id": 3}, "stream": "s", "type": "RECORD"}
        {"type": "RECORD", "stream": "other", "record": {"x": [1, {"y": null}], "long": "LONG"}}
        {"type": "ACTIVATE_VERSION", "stream": "s", "version": 7}
        {"type": "STATE", "value": {"last": 4}}

        """.Replace("LONG", new string('x', 2500), StringComparison.Ordinal);

    [Theory]
    [InlineData(ValidationMode.Off, null)]
    [InlineData(ValidationMode.Warn, null)]
    [InlineData(ValidationMode.DeadLetter, null)]
    [InlineData(ValidationMode.DeadLetter, "{ stream: s, rename: { id: key }, where: \"name is null or name <> 'two'\", mask: { name: redact } }")]
    public void Any_damaged_stream_ends_with_a_verdict(ValidationMode mode, string? map) =>
        Mutations.Run(Encoding.UTF8.GetBytes(Good), seed: 7 + (int)mode, bytes => Check(bytes, mode, map));

    /// <summary>Longer than a flow's buffer: such lines are streamed where nobody looks into them, and put aside where they are too long.</summary>
    [Theory]
    [InlineData(ValidationMode.Off, 1 << 20)]
    [InlineData(ValidationMode.Off, 280 * 1024)]
    [InlineData(ValidationMode.DeadLetter, 1 << 20)]
    [InlineData(ValidationMode.DeadLetter, 280 * 1024)]
    public void Any_damaged_stream_of_long_lines_ends_with_a_verdict(ValidationMode kept, long limit)
    {
        var good = Good.Replace(new string('x', 2500), string.Concat(Enumerable.Repeat("xé", 100_000)), StringComparison.Ordinal);
        Mutations.Run(Encoding.UTF8.GetBytes(good), seed: 11, bytes => Check(bytes, ValidationMode.Off, map: null, limit, kept, piece: 10_000 + (bytes.Length % 90_000)), copies: 100);
    }

    [Fact]
    public void Streams_that_once_broke_a_flow_do_so_no_more()
    {
        foreach (var file in Directory.GetFiles(Repository.PathOf("tests", "data", "crashers", "flow")))
        {
            foreach (var mode in Enum.GetValues<ValidationMode>()) Check(File.ReadAllBytes(file), mode, "{ stream: \"*\", flatten: true, drop: [x] }");
        }
    }

    private static void Check(byte[] sent, ValidationMode mode, string? map) => Check(sent, mode, map, Limit, mode, piece: 1 + (sent.Length % 700));

    private static void Check(byte[] sent, ValidationMode mode, string? map, long limit, ValidationMode kept, int piece)
    {
        var maps = map is null ? [] : new[] { TestMap.Read(map).Map! };
        using var stages = new FlowStages(mode, maps, new MaskKey(Path.GetTempPath(), StoreSettings.Embedded));
        var flow = new TestFlow(limit, stages: stages, validation: new Validation(kept, 5, null));

        var (end, received) = flow.CarryAsync(sent, [piece]).WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();

        Enum.IsDefined(end.Verdict).ShouldBeTrue();
        if (end.Verdict is not (FlowVerdict.Completed or FlowVerdict.Stopped)) end.Problem!.Message.ShouldNotBeEmpty();
        var lines = Encoding.UTF8.GetString(received).Split('\n');
        if (end.Verdict == FlowVerdict.Completed) lines[^1].ShouldBeEmpty();
        var original = Encoding.UTF8.GetString(sent).Split('\n').ToHashSet(StringComparer.Ordinal);
        foreach (var line in lines[..^1].Where(line => !original.Contains(line))) JsonNode.Parse(line).ShouldNotBeNull();
        foreach (var stream in flow.Lines.Counts.Snapshot().Values)
            (stream.Out + stream.LeftOut + stream.Dead).ShouldBe(stream.In - (end.Verdict == FlowVerdict.Refused && stream.Out + stream.LeftOut + stream.Dead < stream.In ? 1 : 0));
        flow.Kept.All.Count.ShouldBe((int)flow.Sum(stream => stream.Dead));
    }
}
