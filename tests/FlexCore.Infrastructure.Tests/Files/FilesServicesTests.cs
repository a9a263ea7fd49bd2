using FlexCore.Infrastructure.Files;
using FlexCore.Infrastructure.Health;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>Which store a program gets is a matter of its configuration.</summary>
public sealed class FilesServicesTests
{
    private static readonly (string Key, string Value)[] S3 = [("Kind", "S3"), ("S3:Bucket", "files"), ("S3:Region", "eu-central-1"), ("S3:AccessKey", "key"), ("S3:SecretKey", "secret")];
    private static readonly (string Key, string Value)[] Azure = [("Kind", "AzureBlob"), ("AzureBlob:Container", "files"), ("AzureBlob:Account", "shop"), ("AzureBlob:Sas", "sv=1&sig=2")];

    [Fact]
    public async Task Store_is_what_the_configuration_says_and_its_health_is_looked_at()
    {
        foreach (var (options, kind) in new[] { ([("Local:Path", "files")], typeof(LocalFileStore)), (S3, typeof(S3FileStore)), (Azure, typeof(AzureBlobFileStore)) })
        {
            await using var program = new ServiceCollection().AddFlexCoreFiles(Configure("", options)).BuildServiceProvider();
            program.GetRequiredService<IFileStore>().ShouldBeOfType(kind);
            program.GetServices<HealthCheck>().ShouldHaveSingleItem();
        }
    }

    [Fact]
    public async Task Several_stores_are_told_apart_by_their_names()
    {
        var configuration = new ConfigurationBuilder().AddConfiguration(Configure("", S3)).AddConfiguration(Configure("reports:", Azure)).Build();
        await using var program = new ServiceCollection().AddFlexCoreFiles(configuration).AddFlexCoreFiles(configuration, "reports").BuildServiceProvider();

        program.GetRequiredService<IFileStore>().ShouldBeOfType<S3FileStore>().Name.ShouldBe("files");
        program.GetRequiredKeyedService<IFileStore>("reports").ShouldBeOfType<AzureBlobFileStore>().Name.ShouldBe("files-reports");
    }

    [Fact]
    public async Task Store_without_a_key_makes_no_links()
    {
        await using var program = new ServiceCollection().AddFlexCoreFiles(Configure("", Azure)).BuildServiceProvider();

        Should.Throw<InvalidOperationException>(() => program.GetRequiredService<IFileStore>().CreateLink("a", FileLinkUse.Get, TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("Local", "PartBytes", "Local:Path", "Local:LinkAddress", "Local:LinkKey", "Folder")]
    [InlineData("S3", "PartBytes", "S3:Bucket", "S3:Region", "S3:SecretKey", "Folder")]
    [InlineData("AzureBlob", "PartBytes", "AzureBlob:Container", "AzureBlob:Account", "AzureBlob:Endpoint", "AzureBlob:AccountKey", "Folder")]
    public void Everything_that_is_wrong_is_told_at_once_with_its_key(string kind, params string[] keys)
    {
        var options = Configure("", ("Kind", kind), ("PartBytes", "1"), ("Folder", "../a/"), ("Local:LinkAddress", "files"), ("Local:LinkKey", "short"), ("S3:AccessKey", "key"), ("AzureBlob:Endpoint", "files"), ("AzureBlob:Account", "a.b"));
        using var program = new ServiceCollection().AddFlexCoreFiles(options).BuildServiceProvider();

        var refused = Should.Throw<OptionsValidationException>(program.GetRequiredService<IFileStore>);

        refused.Failures.Select(failure => failure["FlexCore:Files:".Length..failure.IndexOf(": ", StringComparison.Ordinal)]).Order().ShouldBe(keys.Order());
    }

    private static IConfiguration Configure(string section, params (string Key, string Value)[] options) =>
        new ConfigurationBuilder().AddInMemoryCollection(options.ToDictionary(option => $"FlexCore:Files:{section}{option.Key}", option => (string?)option.Value, StringComparer.Ordinal)).Build();
}
