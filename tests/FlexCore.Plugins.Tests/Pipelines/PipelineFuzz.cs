using System.Text;

namespace FlexCore.Plugins.Tests.Pipelines;

public sealed class PipelineFuzz : IDisposable
{
    private readonly Project _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Any_mutation_of_a_pipeline_file_is_read_or_refused() =>
        Mutations.Run(Encoding.UTF8.GetBytes(PipelineReaderTests.Sync), seed: 815, bytes => ReadOrRefuse(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void Any_mutation_of_a_manifest_is_read_or_refused() =>
        Mutations.Run(Encoding.UTF8.GetBytes(Project.Tap), seed: 4242, bytes => _project.ReadManifest(Encoding.UTF8.GetString(bytes)).Errors.ShouldAllBe(error => error.Message.Length > 0));

    private void ReadOrRefuse(string yaml)
    {
        var read = _project.ReadAsync(yaml);
        read.IsCompletedSuccessfully.ShouldBeTrue(read.Exception?.ToString());
    }
}
