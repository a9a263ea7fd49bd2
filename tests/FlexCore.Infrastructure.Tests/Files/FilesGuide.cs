using FlexCore.Infrastructure.Files;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>The examples of docs/guides/files.md do what it says.</summary>
public sealed class FilesGuide : IDisposable
{
    private readonly DataFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reports_are_put_read_listed_linked_to_and_deleted()
    {
        await using var program = Register(new ServiceCollection());
        using var target = new MemoryStream();

        var link = await UseAsync(program.GetRequiredService<IFileStore>(), new MemoryStream(new byte[250]), target, Token);

        target.Length.ShouldBe(150);
        link.Address.AbsoluteUri.ShouldStartWith("https://files.example.com/2026/march.csv?");
        (await program.GetRequiredService<IFileStore>().FindAsync("2026/march.csv", Token)).ShouldBeNull();
        program.GetRequiredKeyedService<IFileStore>("reports").ShouldBeOfType<LocalFileStore>();
    }

    private static async Task<FileLink> UseAsync(IFileStore store, Stream content, Stream target, CancellationToken token)
    {
        await store.PutAsync("2026/march.csv", content, token);
        await using (var file = await store.OpenAsync("2026/march.csv", new FileRange(From: 100), token))
        {
            if (file is not null) await file.Stream.CopyToAsync(target, token);
        }

        await foreach (var known in store.ListAsync("2026/", token)) Console.WriteLine($"{known.Name} {known.Length} {known.ETag} {known.ContentType}");
        var link = store.CreateLink("2026/march.csv", FileLinkUse.Get, TimeSpan.FromHours(1));
        await store.DeleteAllAsync("2026/", token);
        return link;
    }

    private ServiceProvider Register(IServiceCollection services)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("FlexCore:Files:Local:Path", Path.Combine(_folder.Path, "files")), new("FlexCore:Files:Local:LinkAddress", "https://files.example.com/"), new("FlexCore:Files:Local:LinkKey", new string('k', 32)),
            new("FlexCore:Files:reports:Local:Path", Path.Combine(_folder.Path, "reports")),
        ]).Build();
        var builder = new { Services = services, Configuration = (IConfiguration)configuration };
        builder.Services.AddFlexCoreFiles(builder.Configuration);            // FlexCore:Files
        builder.Services.AddFlexCoreFiles(builder.Configuration, "reports"); // FlexCore:Files:reports, a keyed service
        return services.BuildServiceProvider();
    }
}
