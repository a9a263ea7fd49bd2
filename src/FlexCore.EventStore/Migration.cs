using System.Reflection;

namespace FlexCore.EventStore;

/// <summary>One step of a store's schema. Steps only ever go forward; their numbers have no gaps.</summary>
/// <param name="Version">1, 2, 3, …</param>
/// <param name="Name">What it brings.</param>
/// <param name="Sql">The statements that bring it.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>The steps that this program knows for one kind of store, in their order.</summary>
    /// <param name="store">The folder of the kind of store.</param>
    public static IReadOnlyList<Migration> All(string store)
    {
        var assembly = typeof(Migration).Assembly;
        var prefix = $"{store}/";
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select((name, i) => Read(assembly, name, prefix, i + 1))];
    }

    // The number in the name of a file gives the order; a number that is left out must not leave a version out.
    private static Migration Read(Assembly assembly, string resource, string prefix, int version)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = resource[prefix.Length..^".sql".Length];
        return new Migration(version, name[5..], reader.ReadToEnd());
    }
}
