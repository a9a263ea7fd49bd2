using System.Text.RegularExpressions;
using FlexCore.Domain.Errors;

namespace FlexCore.Architecture;

public sealed partial class StyleTests
{
    private const int LongestFile = 400;

    private static readonly string[] WordsThatSayNothing = ["Manager", "Helper", "Helpers", "Util", "Utils", "Base", "Impl"];

    // Of FlexCore.Infrastructure, what programs may use without a runtime; LayerTests sees to it that they can.
    [Theory]
    [InlineData(Product.Infrastructure, "InfrastructureModule")]
    [InlineData(Product.Plugins, "PluginsModule")]
    [InlineData(Product.Cli)]
    public void Adapters_show_nothing_but_their_module(string project, params string[] modules) =>
        Product.Assemblies.Single(assembly => Product.IsProject(assembly, project)).GetExportedTypes()
            .Where(type => type.Namespace?.StartsWith("FlexCore", StringComparison.Ordinal) == true && !Product.IsBuildingBlock(type))
            .Select(type => type.Name).ShouldBe(modules);

    [Fact]
    public void Class_that_nobody_derives_from_is_sealed()
    {
        var bases = Product.Types.Select(type => type.BaseType).ToHashSet();

        Product.Types.Where(type => type is { IsClass: true, IsAbstract: false, IsSealed: false } && !bases.Contains(type)).ShouldBeEmpty();
    }

    [Fact]
    public void Name_of_a_type_says_what_it_is() =>
        Product.Types.Where(type => WordsThatSayNothing.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal))).ShouldBeEmpty();

    [Fact]
    public void No_file_has_more_than_400_lines() =>
        Product.SourceFiles.Where(file => File.ReadLines(file).Count() > LongestFile).ShouldBeEmpty();

    [Fact]
    public void Every_error_code_in_the_source_is_in_the_registry()
    {
        var mentioned = Product.SourceFiles.SelectMany(file => ErrorCode().Matches(File.ReadAllText(file)).Select(match => match.Groups["code"].Value)).ToHashSet(StringComparer.Ordinal);

        mentioned.ShouldContain(ErrorCodes.VersionConflict.Id);
        mentioned.ShouldBeSubsetOf(ErrorCodes.All.Select(code => code.Id));
    }

    [GeneratedRegex("\"(?<code>FX[0-9]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorCode();
}
