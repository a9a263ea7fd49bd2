using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Pipelines;

public sealed class PipelineSpec
{
    private static readonly PipelineDefinition Definition = new()
    {
        Name = "orders",
        File = "/orders.yaml",
        Document = JsonElement.Parse("{}"),
        Hash = "one",
        Vars = new Dictionary<string, JsonElement>(StringComparer.Ordinal),
        Steps = [],
    };

    private static readonly PipelineCreated Created = new("orders", "/orders.yaml", "one", Definition.Document, RunRules.Usual);

    private static readonly Func<Pipeline, Result<IDomainEvent[]>>[] Commands =
    [
        pipeline => pipeline.Record(Definition),
        pipeline => pipeline.Record(Definition with { Hash = "two" }),
        pipeline => pipeline.Declare(Definition with { Hash = "three" }, activates: true),
        pipeline => pipeline.Activate(),
        pipeline => pipeline.Pause("holiday"),
        pipeline => pipeline.Archive(),
    ];

    [Fact]
    public void Pipeline_seen_for_the_first_time_is_created() => Pipeline.Unknown.Record(Definition).Value.ShouldBe([Created]);

    [Fact]
    public void Pipeline_that_has_not_changed_is_not_recorded_again() => Given(Created).Record(Definition).Value.ShouldBeEmpty();

    [Theory]
    [InlineData("/orders.yaml", "two")]
    [InlineData("/moved.yaml", "one")]
    public void Pipeline_that_has_changed_or_moved_is_revised_and_gets_the_next_version(string file, string hash)
    {
        var revised = Given(Created).Record(Definition with { File = file, Hash = hash }).Value.ShouldHaveSingleItem();

        revised.ShouldBe(new PipelineRevised("orders", file, hash, Definition.Document, RunRules.Usual));
        Given(Created, revised).Versions.Select(version => (version.Number, version.Hash, version.File)).ShouldBe([(1, "one", "/orders.yaml"), (2, hash, file)]);
    }

    [Theory]
    [InlineData(true, new[] { "PipelineCreated", "PipelineActivated" }, PipelineLifecycle.Active)]
    [InlineData(false, new[] { "PipelineCreated" }, PipelineLifecycle.Created)]
    public void Declared_pipeline_is_created_and_active_unless_that_is_not_wanted(bool activates, string[] events, PipelineLifecycle lifecycle)
    {
        var declared = Pipeline.Unknown.Declare(Definition, activates).Value;

        declared.Select(@event => @event.GetType().Name).ShouldBe(events);
        Pipeline.Unknown.Fold(declared).Lifecycle.ShouldBe(lifecycle);
        Pipeline.Unknown.Fold(declared).Declare(Definition, activates).Value.ShouldBeEmpty();
    }

    [Fact]
    public void Declared_pipeline_that_somebody_has_paused_is_revised_and_stays_paused()
    {
        var paused = Given(Created, new PipelinePaused("holiday"));

        paused.Declare(Definition with { Hash = "two" }, activates: true).Value.ShouldHaveSingleItem().ShouldBeOfType<PipelineRevised>();
    }

    [Fact]
    public void Declared_pipeline_that_was_archived_comes_back_unless_that_is_not_wanted()
    {
        var archived = Given(Created, new PipelineArchived());

        archived.Declare(Definition with { Hash = "two" }, activates: true).Value.Select(@event => @event.GetType()).ShouldBe([typeof(PipelineActivated), typeof(PipelineRevised)]);
        archived.Declare(Definition, activates: false).Errors.Single().Code.ShouldBe(ErrorCodes.PipelineNotStartable);
    }

    [Fact]
    public void Pipeline_that_nobody_has_recorded_can_neither_be_activated_nor_paused_nor_archived()
    {
        Result<IDomainEvent[]>[] refused = [Pipeline.Unknown.Activate(), Pipeline.Unknown.Pause(null), Pipeline.Unknown.Archive()];

        refused.ShouldAllBe(result => result.Errors.Single().Code == ErrorCodes.NotFound);
    }

    [Fact]
    public void New_pipeline_starts_when_somebody_asks_and_by_no_trigger_until_it_is_activated()
    {
        Given(Created).RefuseToStart(byTrigger: false).ShouldBeNull();
        Given(Created).RefuseToStart(byTrigger: true).ShouldNotBeNull().Code.ShouldBe(ErrorCodes.PipelineNotStartable);
        Given(Created, new PipelineActivated()).RefuseToStart(byTrigger: true).ShouldBeNull();
    }

    [Fact]
    public void Paused_pipeline_starts_no_run_until_it_is_activated_again()
    {
        var paused = Given(Created, new PipelineActivated(), new PipelinePaused("holiday"));

        paused.RefuseToStart(byTrigger: false).ShouldNotBeNull().Message.ShouldBe("pipeline orders is paused");
        paused.Activate().Value.ShouldBe([new PipelineActivated()]);
    }

    [Fact]
    public void Archived_pipeline_neither_starts_nor_takes_a_new_definition_nor_can_it_be_paused()
    {
        var archived = Given(Created, new PipelineArchived());

        archived.RefuseToStart(byTrigger: false).ShouldNotBeNull();
        archived.Record(Definition with { Hash = "two" }).Errors.Single().Code.ShouldBe(ErrorCodes.PipelineNotStartable);
        archived.Pause(null).IsSuccess.ShouldBeFalse();
    }

    [Fact]
    public void Asking_twice_changes_nothing() => Given(Created, new PipelineActivated()).Activate().Value.ShouldBeEmpty();

    [Fact]
    public void Versions_are_never_changed_and_counted_without_gaps_for_any_sequence_of_commands() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Gen.Elements(Commands).ArrayOf(30).ToArbitrary(), commands =>
        {
            var pipeline = Pipeline.Unknown;
            foreach (var command in commands)
            {
                var before = pipeline;
                var decided = command(pipeline);
                if (decided.IsSuccess) pipeline = decided.Value.Aggregate(pipeline, (known, @event) => known.Apply(@event));
                pipeline.Versions.Take(before.Versions.Count).ShouldBe(before.Versions);
                pipeline.Versions.Select(version => version.Number).ShouldBe(Enumerable.Range(1, pipeline.Versions.Count));
                (pipeline.Lifecycle == PipelineLifecycle.Unknown).ShouldBe(pipeline.Versions.IsEmpty);
            }
        }));

    private static Pipeline Given(params IDomainEvent[] history) => Pipeline.From(history);
}
