using System.Text.Json;
using FlexCore.Domain.Pipelines;

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

    private static readonly PipelineCreated Created = new("orders", "/orders.yaml", "one", Definition.Document);

    [Fact]
    public void Pipeline_seen_for_the_first_time_is_created() => Pipeline.Unknown.Record(Definition).ShouldBe(Created);

    [Fact]
    public void Pipeline_that_has_not_changed_is_not_recorded_again() => Pipeline.Unknown.Apply(Created).Record(Definition).ShouldBeNull();

    [Theory]
    [InlineData("/orders.yaml", "two")]
    [InlineData("/moved.yaml", "one")]
    public void Pipeline_that_has_changed_or_moved_is_revised_and_gets_the_next_version(string file, string hash)
    {
        var known = Pipeline.Unknown.Apply(Created);

        var revised = known.Record(Definition with { File = file, Hash = hash }).ShouldNotBeNull();

        revised.ShouldBe(new PipelineRevised("orders", file, hash, Definition.Document));
        known.Apply(revised).ShouldBe(new Pipeline(2, hash, file));
    }
}
