using System.Text.Json;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Sync;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Maps and mapper plugins stand in any order; each flow knows where it begins, so that its dead letters can come back there.</summary>
public sealed class FlowPlanTests
{
    [Theory]
    [InlineData("", "tap@0:")]
    [InlineData("m", "tap@0:m0")]
    [InlineData("P", "tap@0: p0@1:")]
    [InlineData("mPm", "tap@0:m0 p1@2:m2")]
    [InlineData("PmmP", "tap@0: p0@1:m1,m2 p3@4:")]
    [InlineData("PP", "tap@0: p0@1: p1@2:")]
    [InlineData("mmPmPPm", "tap@0:m0,m1 p2@3:m3 p4@5: p5@6:m6")]
    public void Flows_begin_at_the_tap_and_at_each_mapper(string through, string flows) =>
        string.Join(' ', FlowPlan.Of(Step(through)).Select(plan => $"{plan.Source.Manifest.Name}@{plan.Stage}:{string.Join(',', plan.Maps.Select(map => map.Stream))}")).ShouldBe(flows);

    [Fact]
    public void Every_stage_is_passed_once_and_in_its_order() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Gen.Elements('m', 'P').ListOf().Select(stages => string.Concat(stages)).ToArbitrary(), through =>
        {
            var plans = FlowPlan.Of(Step(through));

            string.Concat(plans.Select((plan, index) => (index == 0 ? "" : "P") + new string('m', plan.Maps.Count))).ShouldBe(through);
            for (var stage = -1; stage <= through.Length + 1; stage++) Step(through).HasFlowFrom(stage).ShouldBe(plans.Any(plan => plan.Stage == stage), $"stage {stage} of {through}");
        }));

    [Theory]
    [InlineData(ValidationMode.Off, false)]
    [InlineData(ValidationMode.Warn, true)]
    [InlineData(ValidationMode.DeadLetter, true)]
    [InlineData(ValidationMode.Fail, true)]
    public void Only_what_the_tap_writes_is_held_against_its_schema(ValidationMode mode, bool validates) =>
        FlowPlan.Of(Step("PmP", mode)).Select(plan => plan.Validates).ShouldBe([validates, false, false]);

    private static SyncStep Step(string through, ValidationMode mode = ValidationMode.Off) => new(
        "load", [], Use("tap", PluginKind.Tap), [],
        [.. through.Select((kind, index) => kind == 'm' ? new MapStage(new RecordMap { Stream = $"m{index}" }) : (Stage)new MapperStage(Use($"p{index}", PluginKind.Mapper)))],
        [Use("target", PluginKind.Target)], new Validation(mode, 1, null));

    private static PluginUse Use(string name, PluginKind kind) => new(
        new PluginManifest
        {
            Name = name,
            Version = "1",
            Kind = kind,
            Folder = "/",
            Command = ["sh"],
            Digest = "",
            Capabilities = Grant.None,
            Limits = new PluginLimits(),
        },
        JsonElement.Parse("{}"), new Grant([], [], []), "pipeline");
}
