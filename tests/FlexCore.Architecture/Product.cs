using System.Reflection;
using System.Runtime.CompilerServices;
using FlexCore.Testing;

namespace FlexCore.Architecture;

/// <summary>The assemblies and the source of the product.</summary>
internal static class Product
{
    public const string Domain = "FlexCore.Domain";
    public const string Application = "FlexCore.Application";
    public const string EventStore = "FlexCore.EventStore";
    public const string Sandbox = "FlexCore.Sandbox";
    public const string Infrastructure = "FlexCore.Infrastructure";
    public const string Plugins = "FlexCore.Plugins";
    public const string Server = "FlexCore.Server";
    public const string Client = "FlexCore.Client";
    public const string Connectors = "FlexCore.Connectors";
    public const string PluginSdk = "FlexCore.Plugin.Sdk";
    public const string Cli = "FlexCore.Cli";

    /// <summary>The folders of FlexCore.Infrastructure with what programs may use by itself.</summary>
    private static readonly string[] BuildingBlocks = ["Caching", "Clients", "DynamoDb", "Files", "Health", "Http", "Kafka", "KeyVault", "Mail", "Messaging", "MongoDb", "Persistence", "Postgres", "RabbitMq", "Redis", "Resilience", "ScyllaDb", "SecretSources", "SqlServer", "Vault", "Webhooks"];

    private static readonly string[] Generated = ["obj", "bin"];

    // The compiler makes a class of each, which cannot be sealed.
    private static readonly HashSet<string> RazorComponents = [.. Directory.EnumerateFiles(SourceFolder, "*.razor", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file))];

    public static string SourceFolder => Repository.PathOf("src");

    /// <summary>One for each project under src.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
        [.. Directory.GetDirectories(SourceFolder).Select(project => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{AssemblyName(Path.GetFileName(project))}.dll")))];

    /// <summary>What people have written: neither the compiler nor a source generator.</summary>
    public static IEnumerable<Type> Types =>
        Assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => !IsGenerated(type));

    public static IEnumerable<string> SourceFiles =>
        Directory.EnumerateFiles(SourceFolder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(SourceFolder, file).Split('/').Intersect(Generated, StringComparer.Ordinal).Any());

    public static IEnumerable<string> BuildingBlockFiles => SourceFiles.Where(file => BuildingBlocks.Any(folder => file.StartsWith(Path.Combine(SourceFolder, Infrastructure, folder) + "/", StringComparison.Ordinal)));

    public static bool IsBuildingBlock(Type type) => IsBuildingBlock(type.Namespace ?? "");

    public static bool IsBuildingBlock(string name) => BuildingBlocks.Any(folder => name == $"{Infrastructure}.{folder}");

    public static IEnumerable<string> References(string project) =>
        Assemblies.Single(assembly => IsProject(assembly, project)).GetReferencedAssemblies().Select(reference => reference.Name!);

    public static IEnumerable<string> FlexCoreReferences(string project) =>
        References(project).Where(reference => Assemblies.Any(assembly => assembly.GetName().Name == reference));

    public static bool IsProject(Assembly assembly, string project) => assembly.GetName().Name == AssemblyName(project);

    public static bool Uses(Assembly assembly, string project) => assembly.GetReferencedAssemblies().Any(reference => reference.Name == AssemblyName(project));

    // The assemblies of programs have the names of their commands.
    private static string AssemblyName(string project) => project switch { Cli => "flexcore", Connectors => "flexcore-connectors", _ => project };

    private static bool IsGenerated(Type type) =>
        type.GetCustomAttribute<CompilerGeneratedAttribute>() is not null
        || type.GetCustomAttribute<System.CodeDom.Compiler.GeneratedCodeAttribute>() is not null
        || type.Name.Contains('<', StringComparison.Ordinal)
        || (type.Namespace?.StartsWith("FlexCore.Server.Console", StringComparison.Ordinal) == true && RazorComponents.Contains(type.Name))
        || type.Namespace?.StartsWith("FlexCore", StringComparison.Ordinal) != true
        || (type.DeclaringType is { } outer && IsGenerated(outer));
}
