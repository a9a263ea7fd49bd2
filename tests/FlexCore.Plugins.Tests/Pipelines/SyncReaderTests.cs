using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Schemas;

namespace FlexCore.Plugins.Tests.Pipelines;

/// <summary>What stands between a tap and its targets, and how records that cannot be processed are treated.</summary>
public sealed class SyncReaderTests : IDisposable
{
    private readonly Project _project = new();

    public SyncReaderTests()
    {
        _project.Write("plugins/mine/plugin.yaml", "name: mine\nversion: 1.0.0\nkind: mapper\nprotocol: singer\ncommand: [sh]\n");
        _project.Write("plugins/sink/plugin.yaml", "name: sink\nversion: 1.0.0\nkind: target\nprotocol: singer\ncommand: [sh]\n");
        _project.Write("plugins/source/plugin.yaml", "name: source\nversion: 1.0.0\nkind: tap\nprotocol: singer\ncommand: [sh]\n");
    }

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task Maps_and_mappers_are_kept_in_their_order()
    {
        var sync = await ReadAsync("through: [{ map: { stream: a, drop: [x] } }, { plugin: mine, config: { n: 1 } }, { map: { stream: b, flatten: true } }, { plugin: mine }]");

        sync.Through.Select(stage => stage is MapStage map ? map.Map.Stream : ((MapperStage)stage).Mapper.Manifest.Name).ShouldBe(["a", "mine", "b", "mine"]);
        ((MapperStage)sync.Through[1]).Mapper.Settings.GetRawText().ShouldBe("""{"n":1}""");
        sync.Plugins.Select(use => use.Manifest.Name).ShouldBe(["source", "mine", "mine", "sink"]);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("through: []", 0)]
    public async Task Nothing_in_between_is_fine(string through, int stages) => (await ReadAsync(through)).Through.Count.ShouldBe(stages);

    [Theory]
    [InlineData("{ plugin: sink }", 1)]
    [InlineData("[{ plugin: sink }]", 1)]
    [InlineData("[{ plugin: sink }, { plugin: sink, config: { a: 1 } }]", 2)]
    public async Task One_target_or_a_list_of_them(string to, int targets) => ((SyncStep)(await PipelineAsync("", to)).Value.Steps[0]).To.Count.ShouldBe(targets);

    [Theory]
    [InlineData("", ValidationMode.Off, 10_000L, null)]
    [InlineData("validate: off", ValidationMode.Off, 10_000L, null)]
    [InlineData("validate: warn", ValidationMode.Warn, 10_000L, null)]
    [InlineData("validate: dead-letter", ValidationMode.DeadLetter, 10_000L, null)]
    [InlineData("validate: fail", ValidationMode.Fail, 10_000L, null)]
    [InlineData("validate: { mode: fail }", ValidationMode.Fail, 10_000L, null)]
    [InlineData("validate: { mode: dead-letter, max_dead: 0 }", ValidationMode.DeadLetter, 0L, null)]
    [InlineData("validate: { mode: dead-letter, max_dead: 5, max_percent: 0.5 }", ValidationMode.DeadLetter, 5L, 0.5)]
    [InlineData("validate: { mode: dead-letter, max_percent: 100 }", ValidationMode.DeadLetter, 10_000L, 100.0)]
    [InlineData("validate: { mode: dead-letter, max_percent: 0 }", ValidationMode.DeadLetter, 10_000L, 0.0)]
    public async Task Validation_is_a_word_or_a_word_with_limits(string validate, ValidationMode mode, long maxDead, double? maxPercent) =>
        (await ReadAsync(validate)).Validation.ShouldBe(new Validation(mode, maxDead, maxPercent));

    [Theory]
    [InlineData("", DriftAction.Warn, DriftAction.Warn)]
    [InlineData("drift: allow", DriftAction.Allow, DriftAction.Allow)]
    [InlineData("drift: fail", DriftAction.Fail, DriftAction.Fail)]
    [InlineData("drift: {}", DriftAction.Warn, DriftAction.Warn)]
    [InlineData("drift: { added: allow, narrowed: fail, keys: fail }", DriftAction.Allow, DriftAction.Fail)]
    [InlineData("drift: { added: allow }", DriftAction.Allow, DriftAction.Warn)]
    public async Task Drift_is_a_word_or_a_word_for_each_kind_of_change(string drift, DriftAction added, DriftAction narrowed)
    {
        var policy = (await ReadAsync(drift)).Drift;
        (policy.At(SchemaChangeKind.Added), policy.At(SchemaChangeKind.Narrowed)).ShouldBe((added, narrowed));
    }

    [Theory]
    [InlineData("guards: {}", false, null)]
    [InlineData("guards: { empty: allow }", true, null)]
    [InlineData("guards: { empty: fail, shrink: 80% }", false, 80.0)]
    [InlineData("guards: { shrink: 0.5% }", false, 0.5)]
    [InlineData("guards: { shrink: '100 %' }", false, 100.0)]
    public async Task Guards_of_a_full_refresh_are_read(string guards, bool allowsEmpty, double? shrink) => (await ReadAsync(guards)).Guards.ShouldBe(new RefreshGuards(allowsEmpty, shrink));

    [Fact]
    public async Task Where_nothing_is_said_of_guards_there_are_none() => (await ReadAsync("")).Guards.ShouldBeNull();

    [Theory]
    [InlineData("drift: maybe", "FX1012@7:14")]
    [InlineData("drift: [fail]", "FX1012@7:14")]
    [InlineData("drift: { type: fail }", "FX1010@7:16")]
    [InlineData("drift: { added: maybe, keys: [] }", "FX1012@7:23", "FX1012@7:36")]
    [InlineData("guards: fail", "FX1012@7:15")]
    [InlineData("guards: { empty: warn }", "FX1012@7:24")]
    [InlineData("guards: { shrink: 80 }", "FX1012@7:25")]
    [InlineData("guards: { shrink: 0% }", "FX1012@7:25")]
    [InlineData("guards: { shrink: 100.1% }", "FX1012@7:25")]
    [InlineData("guards: { shrink: -1% }", "FX1012@7:25")]
    [InlineData("guards: { shrink: NaN% }", "FX1012@7:25")]
    [InlineData("guards: { shrink: '%' }", "FX1012@7:25")]
    [InlineData("guards: { grow: 80% }", "FX1010@7:17")]
    [InlineData("through: { plugin: mine }", "FX1012@7:16")]
    [InlineData("through: mine", "FX1012@7:16")]
    [InlineData("through: [mine]", "FX1012@7:17")]
    [InlineData("through: [{}]", "FX1011@7:17")]
    [InlineData("through: [{ plugin: source }, { plugin: sink }]", "FX1021@7:27", "FX1021@7:47")]
    [InlineData("through: [{ plugin: nobody }]", "FX1020@7:27")]
    [InlineData("through: [{ plugin: mine, select: [a] }]", "FX1010@7:33")]
    [InlineData("through: [{ map: { stream: a, drop: [x] }, plugin: mine }]", "FX1010@7:50")]
    [InlineData("through: [{ map: [] }]", "FX1012@7:24")]
    [InlineData("through: [{ map: { drop: [x] } }]", "FX1011@7:24")]
    [InlineData("validate: maybe", "FX1012@7:17")]
    [InlineData("validate: [fail]", "FX1012@7:17")]
    [InlineData("validate: {}", "FX1011@7:17")]
    [InlineData("validate: { max_dead: 5 }", "FX1011@7:17")]
    [InlineData("validate: { mode: never }", "FX1012@7:25")]
    [InlineData("validate: { mode: dead-letter, max_dead: -1 }", "FX1012@7:48")]
    [InlineData("validate: { mode: dead-letter, max_dead: 1.5 }", "FX1012@7:48")]
    [InlineData("validate: { mode: dead-letter, max_dead: 9223372036854775808 }", "FX1012@7:48")]
    [InlineData("validate: { mode: dead-letter, max_percent: 100.1 }", "FX1012@7:51")]
    [InlineData("validate: { mode: dead-letter, max_percent: -1 }", "FX1012@7:51")]
    [InlineData("validate: { mode: dead-letter, max_percent: NaN }", "FX1012@7:51")]
    [InlineData("validate: { mode: dead-letter, max_percent: 1e1 }", "FX1012@7:51")]
    [InlineData("validate: { mode: warn, max_dead: 5 }", "FX1012@7:41")]
    [InlineData("validate: { mode: fail, max_percent: 5 }", "FX1012@7:44")]
    [InlineData("validate: { mode: dead-letter, max: 5 }", "FX1010@7:38")]
    public async Task Anything_else_is_refused_at_its_place(string more, params string[] places) => (await PipelineAsync(more)).ShouldFailAt(places);

    [Theory]
    [InlineData("nobody", "nobody", "FX1020@8:27")]
    [InlineData("./plugins/nobody/", "nobody", "FX1020@8:27")]
    [InlineData("sink", "sink", "FX1021@8:27")]
    public async Task Grants_of_a_step_whose_mapper_is_wrong_are_not_called_unused(string mapper, string granted, string place) =>
        (await _project.ReadAsync($"name: p\ngrants: {{ source: {{}}, {granted}: {{}} }}\nsteps:\n  - id: load\n    sync:\n      from: {{ plugin: source }}\n      to: {{ plugin: sink }}\n      through: [{{ plugin: {mapper} }}]\n"))
            .ShouldFailAt(place);

    [Theory]
    [InlineData("[]", "FX1012@6:11")]
    [InlineData("sink", "FX1012@6:11")]
    [InlineData("[sink]", "FX1012@6:12")]
    [InlineData("[{ plugin: source }]", "FX1021@6:22")]
    [InlineData("[{ plugin: sink }, { plugin: nobody }, { }]", "FX1020@6:40", "FX1011@6:50")]
    public async Task Targets_that_are_none_are_refused_at_their_place(string to, params string[] places) => (await PipelineAsync("", to)).ShouldFailAt(places);

    [Fact]
    public async Task More_than_16_targets_and_more_than_100_stages_are_refused()
    {
        (await PipelineAsync("", $"[{string.Join(", ", Enumerable.Repeat("{ plugin: sink }", 16))}]")).IsSuccess.ShouldBeTrue();
        (await PipelineAsync("", $"[{string.Join(", ", Enumerable.Repeat("{ plugin: sink }", 17))}]")).ShouldFailAt("FX1012@6:11");
        (await PipelineAsync($"through: [{string.Join(", ", Enumerable.Repeat("{ plugin: mine }", 100))}]")).IsSuccess.ShouldBeTrue();
        (await PipelineAsync($"through: [{string.Join(", ", Enumerable.Repeat("{ plugin: mine }", 101))}]")).ShouldFailAt("FX1012@7:16");
    }

    [Theory]
    [InlineData("partitions: 4", 4, "")]
    [InlineData("partitions: 1", 1, "")]
    [InlineData("partitions: { taps: 64 }", 64, "")]
    [InlineData("partitions: { taps: 2, together: [[a, b_*], [c]] }", 2, "a b_*|c")]
    public async Task Partitions_are_a_number_of_taps_or_that_with_what_stays_together(string more, int taps, string together)
    {
        var partitions = ((SyncStep)(await PartitionedAsync(more)).Value.Steps[0]).Partitions!;
        partitions.Taps.ShouldBe(taps);
        string.Join('|', partitions.Together.Select(names => string.Join(' ', names))).ShouldBe(together);
        (await ReadAsync("")).Partitions.ShouldBeNull();
    }

    [Theory]
    [InlineData("partitions: 0", "FX1012@7:19")]
    [InlineData("partitions: 65", "FX1012@7:19")]
    [InlineData("partitions: many", "FX1012@7:19")]
    [InlineData("partitions: [a]", "FX1012@7:19")]
    [InlineData("partitions: {}", "FX1011@7:19")]
    [InlineData("partitions: { taps: 2, by: region }", "FX1010@7:30")]
    [InlineData("partitions: { taps: 2, together: a }", "FX1012@7:40")]
    [InlineData("partitions: { taps: 2, together: [a] }", "FX1012@7:40")]
    [InlineData("partitions: { taps: 2, together: [[]] }", "FX1012@7:40")]
    public async Task Partitions_that_are_none_are_refused_at_their_place(string more, string place) => (await PartitionedAsync(more)).ShouldFailAt(place);

    [Fact]
    public async Task Partitions_need_a_selection_and_a_tap_that_takes_a_catalog()
    {
        var unselected = await PipelineAsync("partitions: 2");
        unselected.ShouldFailAt("FX1012@7:19");
        unselected.Errors[0].SpecificRemedy.ShouldBe("Add `select: [\"*\"]` to `from` for all of them.");

        _project.Write("plugins/source/plugin.yaml", "name: source\nversion: 1.0.0\nkind: tap\nprotocol: singer\ncommand: [sh]\nsinger: { catalog: none, discover: false }\n");
        (await PartitionedAsync("partitions: 2")).ShouldFailAt("FX1012@7:19");
    }

    private Task<Domain.Errors.Result<PipelineDefinition>> PartitionedAsync(string more) =>
        _project.ReadAsync($"name: p\nsteps:\n  - id: load\n    sync:\n      from: {{ plugin: source, select: [\"*\"] }}\n      to: {{ plugin: sink }}\n      {more}\n");

    private Task<Domain.Errors.Result<PipelineDefinition>> PipelineAsync(string more, string to = "{ plugin: sink }") =>
        _project.ReadAsync($"name: p\nsteps:\n  - id: load\n    sync:\n      from: {{ plugin: source }}\n      to: {to}\n      {more}\n");

    private async Task<SyncStep> ReadAsync(string more) => (SyncStep)(await PipelineAsync(more)).Value.Steps[0];
}
