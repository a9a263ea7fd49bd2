using FlexCore.Application.Settings;

namespace FlexCore.Infrastructure.Tests;

/// <summary>A folder of its own for each test.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("flexcore-infrastructure-").FullName;

    public Task<InfrastructureModule> OpenAsync() => InfrastructureModule.OpenAsync(Path, ProjectSettings.Usual, TimeProvider.System, TestContext.Current.CancellationToken);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
