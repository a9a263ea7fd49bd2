using FlexCore.Domain.Notifications;

namespace FlexCore.Domain.Tests.Notifications;

public sealed class NotificationGroupTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    [Fact]
    public void First_happening_is_told_at_once()
    {
        var started = NotificationGroup.Empty.Note(Run(1), Noon).ShouldBeOfType<NotificationStarted>();

        (started.RunId, started.Left).ShouldBe((Run(1), new Untold(1, Noon, Noon + NotificationGroup.Lease, 1)));
    }

    [Fact]
    public void What_happens_within_the_window_is_counted_and_told_when_it_is_over()
    {
        var group = Told(Run(1), Noon);
        for (var n = 2; n <= 4; n++) group = NotificationGroup.After(group.Note(Run(n), Noon.AddMinutes(n)).ShouldBeOfType<NotificationDeferred>());

        group.Send(Noon + Window - TimeSpan.FromTicks(1)).ShouldBeNull();
        var counting = group.Send(Noon + Window).ShouldNotBeNull();
        (counting.RunId, counting.Left.Count, counting.Left.Since).ShouldBe((Run(4), 3, Noon.AddMinutes(2)));
        NotificationGroup.After(group.Note(Run(5), Noon + Window)).Left.Count.ShouldBe(4);
    }

    [Fact]
    public void Nothing_is_sent_where_nothing_is_untold()
    {
        NotificationGroup.Empty.Send(Noon).ShouldBeNull();
        Told(Run(1), Noon).Send(Noon + Window).ShouldBeNull();
    }

    [Fact]
    public void Same_run_is_noted_once()
    {
        Told(Run(1), Noon).Note(Run(1), Noon + Window).ShouldBeNull();
        NotificationGroup.After(NotificationGroup.Empty.Note(Run(1), Noon)).Note(Run(1), Noon + Window).ShouldBeNull();
    }

    [Fact]
    public void Message_that_fails_is_sent_again_after_longer_and_longer_and_at_last_given_up()
    {
        var (group, now) = (NotificationGroup.After(null), Noon);
        var started = (NotificationStarted)group.Note(Run(1), now)!;
        var pauses = new List<double>();
        while (true)
        {
            var failed = NotificationGroup.After(started).Fail(started, "no", now, Window);
            group = NotificationGroup.After(failed);
            if (failed.GivenUp) break;
            pauses.Add((group.Left.QuietUntil!.Value - now).TotalMinutes);
            now = group.Left.QuietUntil.Value;
            started = group.Send(now).ShouldNotBeNull();
        }

        pauses.ShouldBe([1, 2, 4, 8]);
        group.Left.ShouldBe(new Untold(0, null, now + Window, 0));
    }

    [Fact]
    public void Happening_while_a_message_is_on_its_way_stays_untold_however_that_ends()
    {
        var started = (NotificationStarted)NotificationGroup.Empty.Note(Run(1), Noon)!;
        var meanwhile = NotificationGroup.After(NotificationGroup.After(started).Note(Run(2), Noon.AddSeconds(1)).ShouldBeOfType<NotificationDeferred>());

        var delivered = meanwhile.Deliver(started, Noon.AddSeconds(2), Window);
        (delivered.RunId, delivered.Told, delivered.Left).ShouldBe((Run(2), 1, new Untold(1, Noon.AddSeconds(2), Noon.AddSeconds(2) + Window, 0)));
        meanwhile.Fail(started, "no", Noon.AddSeconds(2), Window).Left.Count.ShouldBe(2);
    }

    [Fact]
    public void Message_of_a_process_that_is_gone_is_sent_again_when_its_time_is_over()
    {
        var group = NotificationGroup.After(NotificationGroup.Empty.Note(Run(1), Noon));

        group.Send(Noon + NotificationGroup.Lease - TimeSpan.FromTicks(1)).ShouldBeNull();
        group.Send(Noon + NotificationGroup.Lease).ShouldNotBeNull().Left.Attempts.ShouldBe(2);
    }

    [Fact]
    public void Over_any_history_each_happening_is_told_once_or_still_untold_and_messages_keep_their_distance()
    {
        var random = new Random(42);
        for (var round = 0; round < 200; round++)
        {
            var (group, now, happened, told, lastSent) = (NotificationGroup.Empty, Noon, 0, 0, DateTimeOffset.MinValue);
            for (var step = 0; step < 50; step++)
            {
                now += TimeSpan.FromMinutes(random.NextDouble() * 6);
                var happens = random.Next(2) == 0;
                if (happens) happened++;
                var decided = happens ? group.Note(Run(happened), now) : group.Send(now);
                group = decided is null ? group : NotificationGroup.After(decided);
                if (decided is not NotificationStarted started) continue;
                (now - lastSent).ShouldBeGreaterThanOrEqualTo(Window);
                lastSent = now;
                told += started.Left.Count;
                group = NotificationGroup.After(group.Deliver(started, now, Window));
            }

            (told + group.Left.Count).ShouldBe(happened);
        }
    }

    [Fact]
    public void Event_of_a_later_version_leaves_it_free_to_tell() => NotificationGroup.After(new UnknownEvent("NotificationMuted", 1)).ShouldBe(NotificationGroup.Empty);

    private static NotificationGroup Told(Guid run, DateTimeOffset at)
    {
        var started = (NotificationStarted)NotificationGroup.Empty.Note(run, at)!;
        return NotificationGroup.After(NotificationGroup.After(started).Deliver(started, at, Window));
    }

    private static Guid Run(int number) => new(number, 0, 0, new byte[8]);
}
