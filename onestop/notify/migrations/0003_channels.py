import django.db.models.deletion
import onestop.clock
import uuid
from django.conf import settings
from django.db import migrations, models


# Bookings remember a message's words as long as this stamp stays the same (directives 0003).
TRIGGER = """
CREATE CONSTRAINT TRIGGER renew_stamp AFTER INSERT OR UPDATE OR DELETE ON notify_templatetext
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directives_renew_stamp()
"""


def watch_words(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(TRIGGER)


class Migration(migrations.Migration):

    dependencies = [
        ('directives', '0005_announcements'),
        ('notify', '0002_initial'),
        ('offices', '0003_booking_complete'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Provider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('channel', models.CharField(choices=[('file', 'Xem tại cổng'), ('email', 'Thư điện tử'), ('sms', 'Tin nhắn SMS'), ('zalo', 'Zalo'), ('call', 'Gọi điện báo tin')], max_length=10)),
                ('rank', models.PositiveSmallIntegerField(default=1)),
                ('url', models.URLField(blank=True, max_length=255)),
                ('key', models.CharField(blank=True, max_length=200)),
                ('report_key', models.CharField(blank=True, max_length=120)),
                ('headers', models.JSONField(blank=True, default=dict)),
                ('fields', models.JSONField(blank=True, default=dict)),
                ('extra', models.JSONField(blank=True, default=dict)),
                ('answers', models.JSONField(blank=True, default=dict)),
                ('reports', models.JSONField(blank=True, default=dict)),
                ('plain', models.BooleanField(default=False)),
                ('price', models.PositiveIntegerField(default=0)),
                ('per_second', models.PositiveSmallIntegerField(default=0)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('rest_until', models.DateTimeField(blank=True, null=True)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['channel', 'rank', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ProviderChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_label', models.CharField(blank=True, max_length=120)),
                ('verb', models.CharField(max_length=60)),
                ('from_state', models.CharField(blank=True, max_length=40)),
                ('to_state', models.CharField(blank=True, max_length=40)),
                ('reason', models.TextField(blank=True)),
                ('legal_basis', models.CharField(blank=True, max_length=255)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('at', models.DateTimeField(default=onestop.clock.now)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='notify.provider')),
            ],
            options={
                'ordering': ['at', 'pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('channel', models.CharField(choices=[('file', 'Xem tại cổng'), ('email', 'Thư điện tử'), ('sms', 'Tin nhắn SMS'), ('zalo', 'Zalo'), ('call', 'Gọi điện báo tin')], max_length=10)),
                ('spent', models.PositiveBigIntegerField(default=0)),
                ('cap', models.PositiveBigIntegerField(blank=True, null=True)),
                ('raised_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-date'],
                'constraints': [models.UniqueConstraint(fields=('date', 'channel'), name='spending_once')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact', models.CharField(max_length=160)),
                ('phone', models.CharField(blank=True, max_length=15)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('language', models.CharField(default='vi', max_length=5)),
                ('state', models.CharField(choices=[('waiting', 'Chờ xác nhận'), ('active', 'Đang nhận tin'), ('ended', 'Đã thôi nhận tin')], default='waiting', max_length=10)),
                ('consent_words', models.TextField(blank=True)),
                ('via', models.CharField(default='web', max_length=10)),
                ('code_digest', models.CharField(blank=True, max_length=64)),
                ('code_until', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('asked_at', models.DateTimeField(default=onestop.clock.now)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offices.area')),
                ('noted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['area', 'state'], name='notify_subs_area_id_ee260c_idx')],
                'constraints': [models.UniqueConstraint(fields=('contact', 'area'), name='subscription_once')],
            },
        ),
        migrations.CreateModel(
            name='TemplateText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('language', models.CharField(max_length=5)),
                ('version', models.PositiveSmallIntegerField()),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('body', models.TextField()),
                ('active', models.BooleanField(default=True)),
                ('made_at', models.DateTimeField(default=onestop.clock.now)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['key', 'language', '-version'],
                'constraints': [models.UniqueConstraint(fields=('key', 'language', 'version'), name='template_version_once'), models.UniqueConstraint(condition=models.Q(('active', True)), fields=('key', 'language'), name='template_one_active')],
            },
        ),
        migrations.CreateModel(
            name='Broadcast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=160)),
                ('audience', models.CharField(choices=[('subscribers', 'Người đăng ký nhận tin của địa bàn'), ('list', 'Danh sách tải lên'), ('dossiers', 'Người có hồ sơ, theo bộ lọc'), ('appointments', 'Người có lịch hẹn, theo bộ lọc')], max_length=14)),
                ('filter', models.JSONField(blank=True, default=dict)),
                ('file', models.FileField(blank=True, upload_to='broadcasts')),
                ('consent', models.CharField(max_length=255)),
                ('channel', models.CharField(choices=[('file', 'Xem tại cổng'), ('email', 'Thư điện tử'), ('sms', 'Tin nhắn SMS'), ('zalo', 'Zalo'), ('call', 'Gọi điện báo tin')], default='sms', max_length=10)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField()),
                ('text_en', models.TextField(blank=True)),
                ('per_minute', models.PositiveIntegerField(default=300)),
                ('state', models.CharField(choices=[('draft', 'Dự thảo'), ('counting', 'Đang lập danh sách'), ('ready', 'Đã chốt danh sách'), ('running', 'Đang gửi'), ('paused', 'Đang tạm ngừng'), ('done', 'Đã gửi xong'), ('cancelled', 'Đã hủy')], default='draft', max_length=10)),
                ('people', models.PositiveIntegerField(default=0)),
                ('left_out', models.PositiveIntegerField(default=0)),
                ('segments', models.PositiveIntegerField(default=0)),
                ('cost', models.PositiveBigIntegerField(default=0)),
                ('cursor', models.PositiveBigIntegerField(default=0)),
                ('handed_out', models.PositiveIntegerField(default=0)),
                ('signed_on_at', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=onestop.clock.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offices.area')),
                ('directive', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directives.directive')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('office', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offices.office')),
                ('province', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offices.area')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BroadcastEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor_label', models.CharField(blank=True, max_length=120)),
                ('verb', models.CharField(max_length=60)),
                ('from_state', models.CharField(blank=True, max_length=40)),
                ('to_state', models.CharField(blank=True, max_length=40)),
                ('reason', models.TextField(blank=True)),
                ('legal_basis', models.CharField(blank=True, max_length=255)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('at', models.DateTimeField(default=onestop.clock.now)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='notify.broadcast')),
            ],
            options={
                'ordering': ['at', 'pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BroadcastPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact', models.CharField(max_length=160)),
                ('phone', models.CharField(blank=True, max_length=15)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('language', models.CharField(default='vi', max_length=5)),
                ('left_out', models.CharField(blank=True, max_length=60)),
                ('broadcast', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='persons', to='notify.broadcast')),
                ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notify.message')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['broadcast', 'message'], name='notify_broa_broadca_f38ca4_idx')],
                'constraints': [models.UniqueConstraint(fields=('broadcast', 'contact'), name='broadcast_person_once')],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact', models.CharField(max_length=160, unique=True)),
                ('order', models.JSONField(default=list)),
                ('zalo_id', models.CharField(blank=True, db_index=True, max_length=60)),
                ('language', models.CharField(default='vi', max_length=5)),
                ('noted_at', models.DateTimeField(default=onestop.clock.now)),
                ('noted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='DeliveryReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('report_id', models.CharField(max_length=120)),
                ('status', models.CharField(max_length=60)),
                ('received_at', models.DateTimeField(default=onestop.clock.now)),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='notify.message')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notify.provider')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('provider', 'report_id'), name='delivery_report_once')],
            },
        ),
        migrations.AddField(
            model_name='message',
            name='cost',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='message',
            name='delivered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='segments',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='message',
            name='sensitive',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='message',
            name='urgency',
            field=models.CharField(choices=[('now', 'Gửi ngay, cả ban đêm'), ('day', 'Trong giờ được nhắn tin'), ('bulk', 'Tin hàng loạt, sau mọi tin khác')], default='day', max_length=4),
        ),
        migrations.AddField(
            model_name='message',
            name='useless_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='ways',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='message',
            name='zalo_id',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('file', 'Xem tại cổng'), ('email', 'Thư điện tử'), ('sms', 'Tin nhắn SMS'), ('zalo', 'Zalo'), ('call', 'Gọi điện báo tin')], max_length=10),
        ),
        migrations.AddField(
            model_name='message',
            name='broadcast',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='notify.broadcast'),
        ),
        migrations.AddField(
            model_name='message',
            name='gateway',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='notify.provider'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['gateway', 'provider_id'], name='notify_mess_gateway_365325_idx'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['broadcast', 'state'], name='notify_mess_broadca_03421b_idx'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['phone'], name='notify_mess_phone_4ee08e_idx'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['created_at'], name='notify_mess_created_da2962_idx'),
        ),
        migrations.RemoveIndex(model_name='message', name='notify_mess_event_k_6ac785_idx'),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['event_key'], name='message_event_prefix', opclasses=['varchar_pattern_ops']),
        ),
        migrations.RunPython(watch_words, migrations.RunPython.noop),
    ]
