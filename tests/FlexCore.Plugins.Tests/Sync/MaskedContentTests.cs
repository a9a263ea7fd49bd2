using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tests.Transforms;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Messages are kept for good, so nothing of what a map is to hide may get into them.</summary>
public sealed class MaskedContentTests
{
    private const string Schema = """{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{"id":{},"contacts":{"additionalProperties":{"type":"integer"}}},"required":["id"]},"key_properties":["id"]}""";
    private const string Masking = "{ stream: s, mask: { contacts: redact } }";

    [Theory]
    [InlineData("""{"type":"RECORD","contacts":"private""" + "\n", "Broken", "line 2 is not valid JSON")]
    [InlineData("""{"type":"RECORD","record":{"contacts":"private"}}""" + "\n", "Broken", "line 2 is a RECORD without a 'stream'")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"contacts":"private""", "CutOff", "its output ends in the middle of line 2")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"contacts":{"private":1,"private":2}}}""" + "\n", "Refused", "tap, stream s, line 2: the record's message has a key twice")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"contacts":{"private":"x"}}}""" + "\n", "Refused", "tap, stream s, line 2: record/contacts/… must be a whole number")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"contacts":{"private":1}}}""" + "\n", "Refused", "tap, stream s, line 2: record is missing 'id'")]
    public async Task What_is_wrong_with_a_line_is_told_without_a_word_of_it_where_a_map_masks(string line, string verdict, string message)
    {
        foreach (var isHere in (bool[])[true, false])
        {
            using var stages = new FlowStages(ValidationMode.Fail, isHere ? [TestMap.Read(Masking).Map!] : [], new MaskKey(Path.GetTempPath(), StoreSettings.Embedded), isMaskedElsewhere: !isHere);
            var flow = new TestFlow(4096, stages: stages, validation: new Validation(ValidationMode.Fail, 0, null));

            var (end, _) = await flow.CarryAsync(Encoding.UTF8.GetBytes($"{Schema}\n{line}"), [int.MaxValue]);

            (end.Verdict.ToString(), end.Problem!.Message).ShouldBe((verdict, message));
        }
    }
}
