using System.Data.Common;

namespace FlexCore.EventStore.Projections;

/// <summary>Where the views of one kind of store are.</summary>
internal interface IViewDatabase
{
    /// <summary>What to run before views change hands, so that whoever reads is not kept waiting behind us.</summary>
    string? BeforeSwitch { get; }

    /// <summary>Connects; the table of projections is there.</summary>
    ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken);
}
