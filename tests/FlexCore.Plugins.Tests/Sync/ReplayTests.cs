using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Secrets;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tests.Transforms;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tests.Sync;

public sealed class ReplayTests
{
    private readonly KeptLetters _store = new();

    [Fact]
    public async Task Schema_is_sent_again_only_where_it_changed()
    {
        var letters = new[] { Letter("a", 1, "one"), Letter("b", 2, "one"), Letter("a", 3, "one"), Letter("a", 4, "two"), Letter("b", 5, "one"), Letter("a", 6, null), Letter("a", 7, "two"), Letter("a", 8, "one") };
        _store.All.AddRange(letters);

        (await SendAsync([.. letters.Select(letter => letter.Id)])).ShouldBe(
            [Schema("a", "one"), Record("a", 1), Schema("b", "one"), Record("b", 2), Record("a", 3), Schema("a", "two"), Record("a", 4), Record("b", 5), Record("a", 6), Record("a", 7), Schema("a", "one"), Record("a", 8)]);
    }

    [Fact]
    public async Task Letters_that_somebody_dealt_with_meanwhile_are_not_sent()
    {
        var letters = new[] { Letter("a", 1, null), Letter("a", 2, null) with { Status = DeadLetterStatus.Discarded }, Letter("a", 3, null) with { Status = DeadLetterStatus.Replayed, ReplayedBy = Guid.Empty } };
        _store.All.AddRange(letters);
        var replay = Replay([letters[0].Id, letters[1].Id, Guid.NewGuid(), letters[2].Id]);

        (await ReadAsync(replay.Start())).ShouldBe([Record("a", 1)]);
        (await replay.FinishAsync()).ShouldBe([letters[0].Id]);
    }

    [Fact]
    public async Task Letters_that_fail_again_are_not_taken_and_make_no_new_ones()
    {
        var letters = new[] { Letter("a", 1, "one"), Letter("a", 2, "one", "\"x\""), Letter("a", 3, "two"), Letter("a", 4, "two", "{}") };
        _store.All.AddRange(letters);
        var replay = Replay([.. letters.Select(letter => letter.Id)]);
        using var stages = new FlowStages(ValidationMode.Off, [TestMap.Read("{ stream: a, cast: { value: integer } }").Map!], new MaskKey(Path.GetTempPath(), StoreSettings.Embedded));
        using var box = new LetterBox(new Validation(ValidationMode.DeadLetter, 0, null), TestFlow.Request, SecretMask.None, _ => { }, _store, TimeProvider.System);
        var flowLetters = new FlowLetters("tap", 0, box, replay);
        var (input, output) = SandboxPipe.Create();
        var flow = new SingerFlow("replay test", replay.Start(), [new FlowSink("replay test", input)], 4096, new FlowLines(4096, stages, flowLetters, states: null), flowLetters);

        var reading = ReadAsync(output);
        (await flow.RunAsync()).ShouldBe(new FlowEnd(FlowVerdict.Completed));

        (await replay.FinishAsync()).ShouldBe([letters[0].Id, letters[2].Id]);
        (await reading).Count(line => line.Contains("RECORD", StringComparison.Ordinal)).ShouldBe(2);
        _store.All.Count.ShouldBe(letters.Length, "no letter came anew");
    }

    [Fact]
    public async Task What_nobody_can_read_still_is_not_sent_and_not_taken()
    {
        var bad = new[] { "{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"id\":NaN}}", "{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"id\":1,\"id\":2}}", "{\"type\":\"RECORD\",\"record\":{}}", "{\"type" }
            .Select(raw => Letter("a", 0, "one") with { Raw = Encoding.UTF8.GetBytes(raw), Reason = DeadLetterReason.Unreadable }).ToList();
        _store.All.AddRange([.. bad, Letter("a", 1, "one")]);
        var replay = Replay([.. _store.All.Select(letter => letter.Id)]);

        (await ReadAsync(replay.Start())).ShouldBe([Schema("a", "one"), Record("a", 1)]);
        (await replay.FinishAsync()).ShouldBe([_store.All[^1].Id]);
    }

    [Fact]
    public async Task Record_that_came_before_its_SCHEMA_is_sent_behind_a_letter_that_brings_one_and_else_is_not()
    {
        var letters = new[] { Letter("a", 1, null), Letter("b", 2, null), Letter("a", 3, "one") };
        _store.All.AddRange(letters.Select(letter => letter.Schema is null ? letter with { Reason = DeadLetterReason.NoSchema } : letter));
        var replay = Replay([.. letters.Select(letter => letter.Id)]);

        (await ReadAsync(replay.Start())).ShouldBe([Schema("a", "one"), Record("a", 3), Record("a", 1)]);
        (await replay.FinishAsync()).ShouldBe([letters[2].Id, letters[0].Id], ignoreOrder: true);
    }

    [Fact]
    public async Task Reader_that_goes_away_ends_the_sending_without_a_fault()
    {
        _store.All.AddRange(Enumerable.Range(0, 2000).Select(id => Letter("a", id, "one", $"\"{new string('x', 1000)}\"")));
        var replay = Replay([.. _store.All.Select(letter => letter.Id)]);

        replay.Start().Dispose();

        await replay.FinishAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private Replay Replay(IReadOnlyList<Guid> ids) => new(new StepReplay("load", 0, ids), _store);

    private async Task<IReadOnlyList<string>> SendAsync(IReadOnlyList<Guid> ids) => await ReadAsync(Replay(ids).Start());

    private static async Task<IReadOnlyList<string>> ReadAsync(SandboxOutput output)
    {
        using var reader = new StreamReader(output);
        var all = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        all.ShouldEndWith("\n");
        return all.Split('\n')[..^1];
    }

    private static string Schema(string stream, string version) => $$$$"""{"type":"SCHEMA","stream":"{{{{stream}}}}","schema":{"type":"object","title":"{{{{version}}}}","properties":{"id":{},"value":{}}},"key_properties":["id"]}""";

    private static string Record(string stream, int id, string value = "1") => $$$$"""{"type":"RECORD","stream":"{{{{stream}}}}","record":{"id":{{{{id}}}},"value":{{{{value}}}}}}""";

    private static DeadLetter Letter(string stream, int id, string? schema, string value = "1")
    {
        var raw = Encoding.UTF8.GetBytes(Record(stream, id, value));
        return new DeadLetter
        {
            Id = Guid.CreateVersion7(),
            At = DateTimeOffset.UnixEpoch,
            Pipeline = "p",
            Step = "load",
            RunId = Guid.Empty,
            Attempt = 1,
            Plugin = "tap",
            Stage = 0,
            Stream = stream,
            Reason = DeadLetterReason.Unmappable,
            Message = "",
            Raw = raw,
            KeptLength = raw.Length,
            Length = raw.Length,
            IsMasked = false,
            Schema = schema is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(Schema(stream, schema)),
        };
    }
}
