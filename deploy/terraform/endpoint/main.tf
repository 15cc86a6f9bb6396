# endpoint.yaml: a trained model behind an endpoint that captures data, scales with its load and can roll back.

resource "aws_sagemaker_model" "model" {
  execution_role_arn       = var.role_arn
  enable_network_isolation = true

  primary_container {
    image          = var.image
    model_data_url = var.model_data
    environment = var.metrics != "emf" ? null : {
      SAGEMAKER_METRICS           = "emf"
      SAGEMAKER_METRICS_ENDPOINT  = var.endpoint_name
      SAGEMAKER_METRICS_NAMESPACE = "SageMakerText"
    }
  }

  dynamic "vpc_config" {
    for_each = length(var.subnets) == 0 ? [] : [true]

    content {
      subnets            = var.subnets
      security_group_ids = var.security_groups
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_endpoint_configuration" "configuration" {
  kms_key_arn = var.kms_key_arn == "" ? null : var.kms_key_arn

  production_variants {
    variant_name           = "AllTraffic"
    model_name             = aws_sagemaker_model.model.name
    instance_type          = var.instance_type
    initial_instance_count = var.min_instances
    initial_variant_weight = 1
  }

  dynamic "data_capture_config" {
    for_each = var.capture_uri == "" ? [] : [true]

    content {
      enable_capture              = true
      initial_sampling_percentage = var.capture_percentage
      destination_s3_uri          = var.capture_uri
      kms_key_id                  = var.kms_key_arn == "" ? null : var.kms_key_arn

      capture_options {
        capture_mode = "Input"
      }

      capture_options {
        capture_mode = "Output"
      }

      capture_content_type_header { # others are kept as base64
        json_content_types = ["application/json", "application/jsonlines"]
        csv_content_types  = ["text/csv", "text/plain"]
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_endpoint" "endpoint" {
  name                 = var.endpoint_name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.configuration.name

  dynamic "deployment_config" {
    for_each = var.roll_back ? [true] : []

    content {
      blue_green_update_policy {
        traffic_routing_configuration {
          type                     = "ALL_AT_ONCE"
          wait_interval_in_seconds = 600 # how long the alarms watch the new instances beside the old ones
        }
      }

      auto_rollback_configuration {
        alarms {
          alarm_name = aws_cloudwatch_metric_alarm.computed["server-errors"].alarm_name
        }

        alarms {
          alarm_name = aws_cloudwatch_metric_alarm.computed["model-latency"].alarm_name
        }
      }
    }
  }
}

resource "aws_appautoscaling_target" "scalable_target" {
  service_namespace  = "sagemaker"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.endpoint.name}/variant/AllTraffic"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  min_capacity       = var.min_instances
  max_capacity       = var.max_instances
}

resource "aws_appautoscaling_policy" "scaling_policy" {
  name               = "${var.endpoint_name}-invocations"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.scalable_target.service_namespace
  resource_id        = aws_appautoscaling_target.scalable_target.resource_id
  scalable_dimension = aws_appautoscaling_target.scalable_target.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.invocations_per_instance
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }
}

output "endpoint_name" {
  description = "For launch.py invoke and try"
  value       = aws_sagemaker_endpoint.endpoint.name
}

output "endpoint_arn" {
  description = "For policies"
  value       = aws_sagemaker_endpoint.endpoint.arn
}

output "topic_arn" {
  description = "Subscribe others to it"
  value       = aws_sns_topic.topic.arn
}
