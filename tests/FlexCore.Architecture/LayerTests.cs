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
    [InlineData(Product.PluginSdk)]
    [InlineData(Product.Connectors, Product.PluginSdk, Product.Infrastructure)]
    public void Project_uses_only_the_layers_below_it(string project, params string[] allowed) =>
        Product.FlexCoreReferences(project).ShouldBeSubsetOf(allowed);

    [Theory]
    [InlineData(Product.Domain)]
    [InlineData(Product.Application)]
    [InlineData(Product.PluginSdk)]
    public void Rules_and_use_cases_need_nothing_but_the_base_class_library(string project) =>
        Product.References(project).Except(Product.FlexCoreReferences(project)).ShouldAllBe(reference => reference.StartsWith("System.", StringComparison.Ordinal));

    /// <summary>Programs use them without a runtime: they know errors, and nothing of pipelines or of what else the runtime's adapters do. The event store is a package of its own, which they may stand on.</summary>
    [Fact]
    public void Building_blocks_know_nothing_of_the_runtime()
    {
        var usings = Product.BuildingBlockFiles.SelectMany(file => File.ReadLines(file).Where(line => line.StartsWith("using FlexCore.", StringComparison.Ordinal)).Select(line => line[6..^1]));

        usings.Where(used => used is not ("FlexCore.Domain" or "FlexCore.Domain.Errors") && !used.StartsWith(Product.EventStore, StringComparison.Ordinal) && !Product.IsBuildingBlock(used)).ShouldBeEmpty();
    }

    /// <summary>What a port costs is known of each that leaves the process for a file, a database or another server.</summary>
    [Fact]
    public void Every_port_to_the_outside_is_measured()
    {
        var adapters = Product.Assemblies.Single(assembly => assembly.GetName().Name == Product.Infrastructure).GetTypes().Where(type => type is { IsClass: true, IsAbstract: false }).ToList();
        var ports = adapters.SelectMany(adapter => adapter.GetInterfaces()).Where(port => port.Namespace == "FlexCore.Application.Ports").Distinct();
        var measured = adapters.Where(adapter => adapter.Namespace == "FlexCore.Infrastructure.Observability.Measured").SelectMany(adapter => adapter.GetInterfaces()).ToList();

        // Subscriptions and alarms call us; progress and logs are told line by line; the others look at folders and clean up once a day.
        ports.Except(measured).Select(port => port.Name).Order(StringComparer.Ordinal).ShouldBe(["IAlarms", "IFolders", "ILogSubscriptions", "IPast", "IRunLock", "IRunLogWriter", "IRunLogs", "IRunProgress"]);
    }

    [Fact]
    public void Nobody_uses_the_command_line() =>
        Product.Assemblies.Where(assembly => Product.Uses(assembly, Product.Cli)).ShouldBeEmpty();

    [Fact]
    public void Every_project_is_looked_at() => Product.Assemblies.Count.ShouldBe(Directory.GetFiles(Product.SourceFolder, "*.csproj", SearchOption.AllDirectories).Length);
}
