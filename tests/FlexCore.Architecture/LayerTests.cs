namespace FlexCore.Architecture;

public sealed class LayerTests
{
    [Theory]
    [InlineData(Product.Domain)]
    [InlineData(Product.Application, Product.Domain)]
    [InlineData(Product.EventStore)]
    [InlineData(Product.Sandbox)]
    [InlineData(Product.Infrastructure, Product.Application, Product.Domain, Product.EventStore)]
    [InlineData(Product.Client)]
    [InlineData(Product.Server, Product.Application, Product.Client, Product.Domain)]
    [InlineData(Product.Plugins, Product.Application, Product.Domain, Product.Sandbox)]
    public void Project_uses_only_the_layers_below_it(string project, params string[] allowed) =>
        Product.FlexCoreReferences(project).ShouldBeSubsetOf(allowed);

    [Theory]
    [InlineData(Product.Domain)]
    [InlineData(Product.Application)]
    public void Rules_and_use_cases_need_nothing_but_the_base_class_library(string project) =>
        Product.References(project).Except(Product.FlexCoreReferences(project)).ShouldAllBe(reference => reference.StartsWith("System.", StringComparison.Ordinal));

    /// <summary>Programs use them without a runtime: they know errors, and nothing of pipelines or of what else the runtime's adapters do. The event store is a package of its own, which they may stand on.</summary>
    [Fact]
    public void Building_blocks_know_nothing_of_the_runtime()
    {
        var usings = Product.BuildingBlockFiles.SelectMany(file => File.ReadLines(file).Where(line => line.StartsWith("using FlexCore.", StringComparison.Ordinal)).Select(line => line[6..^1]));

        usings.Where(used => used is not ("FlexCore.Domain" or "FlexCore.Domain.Errors") && !used.StartsWith(Product.EventStore, StringComparison.Ordinal) && !Product.IsBuildingBlock(used)).ShouldBeEmpty();
    }

    [Fact]
    public void Nobody_uses_the_command_line() =>
        Product.Assemblies.Where(assembly => Product.Uses(assembly, Product.Cli)).ShouldBeEmpty();

    [Fact]
    public void Every_project_is_looked_at() => Product.Assemblies.Count.ShouldBe(Directory.GetFiles(Product.SourceFolder, "*.csproj", SearchOption.AllDirectories).Length);
}
